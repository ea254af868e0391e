namespace HkaFer.Cli;

/// <summary>What a model says of one input.</summary>
/// <typeparam name="T">What it says of a picture.</typeparam>
/// <param name="Path">The input.</param>
/// <param name="Answer">The model's answer, or null where the picture could not be read.</param>
/// <param name="Problem">Why it could not be read, or null.</param>
internal sealed record Predicted<T>(string Path, T? Answer, string? Problem)
    where T : class;
