namespace HkaFer.Training;

/// <summary>Which tokens of a backbone are a picture's features.</summary>
public enum FeatureKind
{
    /// <summary>The class token: one vector a picture.</summary>
    Class,

    /// <summary>The mean of the patches: one vector a picture.</summary>
    Mean,

    /// <summary>The patches, row by row: one vector a patch.</summary>
    Patches,

    /// <summary>All tokens: class, registers, patches.</summary>
    All,
}
