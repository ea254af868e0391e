namespace HkaFer.Training;

/// <summary>Element type of a backbone's frozen weights.</summary>
public enum BackboneDtype
{
    /// <summary>32 bits.</summary>
    Float32,

    /// <summary>The upper 16 of them.</summary>
    Bfloat16,
}
