namespace HkaFer.Training;

/// <summary>The faces that a model learns to describe: basic and compound expressions by halves.</summary>
public sealed record DescribeFaces
{
    /// <summary>Faces of an epoch; each epoch draws others.</summary>
    public int Count { get; init; } = 20_000;

    /// <summary>Faces that score an epoch.</summary>
    public int Held { get; init; } = 200;

    /// <summary>Width and height in pixels.</summary>
    public int Size { get; init; } = 48;

    /// <summary>Decides every face. Far from those of the data sets that are trained on later.</summary>
    public ulong Seed { get; init; } = 7_000_000;
}
