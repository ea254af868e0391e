namespace HkaFer.Data;

/// <summary>Pictures that are the same, or look the same.</summary>
/// <param name="Pictures">Two or more, in the order of the data set.</param>
public sealed record DuplicateGroup(IReadOnlyList<LabelledPicture> Pictures)
{
    /// <summary>Whether some are in one split and some in another: a model is then scored on what it has learned by heart.</summary>
    public bool AcrossSplits => Pictures.Any(p => p.Split != Pictures[0].Split);

    /// <summary>Whether the labels differ: one of them is wrong, or the picture has no one expression.</summary>
    public bool DifferentLabels => Pictures.Any(p => p.Label != Pictures[0].Label);
}
