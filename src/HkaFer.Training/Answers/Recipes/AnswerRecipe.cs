namespace HkaFer.Training;

/// <summary>
/// All settings of a run that teaches a vision-language model to name expressions, in one stage or two: basic expressions, then compound ones. The defaults are
/// the paper's where it says something (ranks 16 and 8, 20 and 10 epochs, batch 1), else this project's.
/// </summary>
/// <remarks>As a file it is YAML whose keys are these properties in snake case. A file with the key <c>basic</c> or <c>compound</c> is such a recipe.</remarks>
public sealed partial record AnswerRecipe
{
    /// <summary>The model: a checkpoint folder, the name of one in the box, or an id of the hub.</summary>
    public string? Backbone { get; init; }

    /// <summary>What is asked: <c>minimal</c>, <c>detailed</c>, or a YAML file.</summary>
    public string Prompt { get; init; } = "detailed";

    /// <summary>What becomes of the first stage's adapter in the second.</summary>
    public AdapterJoin Join { get; init; } = AdapterJoin.Merge;

    /// <summary>How the model answers where it is scored.</summary>
    public AnswerDecoding Decode { get; init; } = AnswerDecoding.Generate;

    /// <summary>How large pictures are.</summary>
    public AnswerPictures Preprocessing { get; init; } = new();

    /// <summary>What both stages have in common.</summary>
    public AnswerTraining Training { get; init; } = new();

    /// <summary>The first stage, on basic expressions; null for none: the single-stage baseline.</summary>
    public BasicStage? Basic { get; init; } = new();

    /// <summary>The second stage, on compound expressions; null for none.</summary>
    public CompoundStage? Compound { get; init; } = new();

    /// <summary>The stages that there are, first to last.</summary>
    [NotAKey]
    public IReadOnlyList<AnswerStage> Stages => [.. ((AnswerStage?[])[Basic, Compound]).OfType<AnswerStage>()];

    /// <summary>Whether both write the same file.</summary>
    public bool Equals(AnswerRecipe? other) => other is not null && ToYaml() == other.ToYaml();

    /// <inheritdoc/>
    public override int GetHashCode() => ToYaml().GetHashCode(StringComparison.Ordinal);
}
