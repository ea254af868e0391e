namespace HkaFer.Data;

/// <summary>A picture that cannot be read or written. The message names the file, what was expected and what came.</summary>
public sealed class ImageException : HkaFerException
{
    /// <summary>An error with its message.</summary>
    public ImageException(string message) : base(message) { }

    /// <summary>An error with its message and what caused it.</summary>
    public ImageException(string message, Exception inner) : base(message, inner) { }

    // Every message of the readers starts with the file, so that one bad picture of thousands can be found.
    internal static ImageException In(string name, string problem) => new($"image {name}: {problem}");
}
