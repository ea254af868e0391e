namespace HkaFer.Data;

/// <summary>Something in a data set that training would stumble over.</summary>
/// <param name="Path">The file or list.</param>
/// <param name="Problem">What is wrong with it, in words.</param>
public sealed record DatasetProblem(string Path, string Problem)
{
    /// <summary>The split of a picture that cannot be read; null where a list or a class is at fault.</summary>
    public string? Split { get; init; }
}
