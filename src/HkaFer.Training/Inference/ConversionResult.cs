namespace HkaFer.Training;

/// <summary>What came of a conversion.</summary>
/// <param name="Written">The folder, or the file.</param>
/// <param name="MaxDifference">The largest difference between an output of the model before and after, on a few generated faces: of a logit, or of an entry
/// of a bare backbone's tokens. Null where the new form was not run.</param>
public sealed record ConversionResult(string Written, double? MaxDifference)
{
    /// <summary>Tensors of the checkpoint that have no place in the model, and so none in the new form.</summary>
    public IReadOnlyList<string> LeftOver { get; init; } = [];
}
