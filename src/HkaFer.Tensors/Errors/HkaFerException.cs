namespace HkaFer;

/// <summary>
/// An error in what the program was given: a file, a shape, a setting. Its message says what failed, what was expected, what came
/// and what to do, and is meant to be shown as it is.
/// </summary>
public class HkaFerException : Exception
{
    /// <summary>An error with its message.</summary>
    public HkaFerException(string message) : base(message) { }

    /// <summary>An error with its message and what caused it.</summary>
    public HkaFerException(string message, Exception inner) : base(message, inner) { }
}
