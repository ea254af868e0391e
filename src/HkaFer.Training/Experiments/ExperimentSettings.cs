namespace HkaFer.Training;

/// <summary>What an experiment is given.</summary>
public sealed record ExperimentSettings
{
    /// <summary>Data sets, each <c>KIND:PATH[?key=value&amp;..]</c>; one of a kind.</summary>
    public IReadOnlyList<string> Data { get; init; } = [];

    /// <summary>Backbones: folders, names in the box, ids of the hub.</summary>
    public IReadOnlyList<string> Backbones { get; init; } = [];

    /// <summary>Runs of each training, with the seeds 1, 2, ..</summary>
    public int Seeds { get; init; } = 3;

    /// <summary>Epochs of each run, or of each of its stages; the paper's where not given.</summary>
    public int? Epochs { get; init; }

    /// <summary>Overrides of all recipes, each <c>key.path=value</c>.</summary>
    public IReadOnlyList<string> Sets { get; init; } = [];

    /// <summary>Learning rates of which an experiment that chooses one for each method chooses.</summary>
    public IReadOnlyList<double> Rates { get; init; } = [1e-3, 3e-3, 1e-2];

    /// <summary>The folder with the published lists of occluded and turned faces.</summary>
    public string? Lists { get; init; }
}
