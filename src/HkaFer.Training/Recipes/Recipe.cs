using HkaFer.Adapters;
using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>
/// All settings of a run. The defaults are the paper's. Immutable: change a copy with <c>with</c> or <see cref="With"/>. Two recipes are equal
/// where they write the same file.
/// </summary>
/// <remarks>
/// As a file it is YAML whose keys are these properties in snake case; a section whose first key is text may be written as that text alone
/// (<c>method: lora</c>, <c>backbone: checkpoints/dinov2-small</c>). Relative paths are relative to the working directory.
/// </remarks>
public sealed partial record Recipe
{
    /// <summary>The paper's settings; data and backbone are to be given.</summary>
    public static Recipe Paper { get; } = new();

    /// <summary>Training, validation and test data.</summary>
    public DataSettings Data { get; init; } = new();

    /// <summary>The backbone.</summary>
    public BackboneSettings Backbone { get; init; } = new();

    /// <summary>The texts of the classes; on CLIP.</summary>
    public TextSettings Text { get; init; } = new();

    /// <summary>What is trained.</summary>
    public MethodSettings Method { get; init; } = new HeKA();

    /// <summary>The update rule.</summary>
    public OptimizerSettings Optimizer { get; init; } = new AdamSettings();

    /// <summary>The learning rate over the run.</summary>
    public Schedule Schedule { get; init; } = new ExponentialSchedule();

    /// <summary>The length and the course of the run.</summary>
    public TrainingSettings Training { get; init; } = new();

    /// <summary>Random changes to the training pictures; null for none.</summary>
    public Augmentation? Augmentation { get; init; } = new();

    /// <summary>How pictures become numbers.</summary>
    public PreprocessingSettings Preprocessing { get; init; } = new();

    /// <summary>Short for <see cref="TrainingSettings.Epochs"/>.</summary>
    [NotAKey]
    public int Epochs
    {
        get => Training.Epochs;
        init => Training = Training with { Epochs = value };
    }

    /// <summary>Whether both write the same file.</summary>
    public bool Equals(Recipe? other) => other is not null && ToYaml() == other.ToYaml();

    /// <inheritdoc/>
    public override int GetHashCode() => ToYaml().GetHashCode(StringComparison.Ordinal);
}
