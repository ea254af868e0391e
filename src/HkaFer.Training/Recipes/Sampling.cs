namespace HkaFer.Training;

/// <summary>Which pictures an epoch is made of.</summary>
public enum Sampling
{
    /// <summary>Each once, in a random order.</summary>
    Shuffle,

    /// <summary>As many, in a random order, every class as often as every other.</summary>
    Balanced,
}
