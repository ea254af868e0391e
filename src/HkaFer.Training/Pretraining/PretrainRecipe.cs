using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>
/// All settings of a pre-training run: a masked auto-encoder (He et al. 2022) on pictures without labels. As a file it is YAML like a <see cref="Recipe"/>; sections
/// that both have mean the same.
/// </summary>
public sealed partial record PretrainRecipe
{
    /// <summary>The pictures.</summary>
    public PretrainDataSettings Data { get; init; } = new();

    /// <summary>What is trained: sizes under <c>scratch</c>, or a vision transformer to go on with; and where to write it.</summary>
    public BackboneSettings Backbone { get; init; } = new();

    /// <summary>Masks and decoder.</summary>
    public MaskingSettings Masking { get; init; } = new();

    /// <summary>The update rule; the published one is AdamW with beta2 0.95 and a decay of 0.05.</summary>
    public OptimizerSettings Optimizer { get; init; } = new AdamWSettings { LearningRate = 1e-3, Beta2 = 0.95, WeightDecay = 0.05 };

    /// <summary>The learning rate over the run.</summary>
    public Schedule Schedule { get; init; } = new CosineSchedule();

    /// <summary>The length and the course of the run.</summary>
    public PretrainTrainingSettings Training { get; init; } = new();

    /// <summary>Random changes to the pictures; null for none. The published recipe mirrors and crops, no more.</summary>
    public Augmentation? Augmentation { get; init; } = HkaFer.Data.Augmentation.None with { Flip = 0.5, CropArea = new Interval(0.5, 1), CropAspect = new Interval(3.0 / 4, 4.0 / 3) };

    /// <summary>How pictures become numbers; the size must be the backbone's <c>image_size</c>.</summary>
    public PreprocessingSettings Preprocessing { get; init; } = new();

    /// <summary>Whether both write the same file.</summary>
    public bool Equals(PretrainRecipe? other) => other is not null && ToYaml() == other.ToYaml();

    /// <inheritdoc/>
    public override int GetHashCode() => ToYaml().GetHashCode(StringComparison.Ordinal);
}
