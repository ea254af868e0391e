namespace HkaFer.Cli;

/// <summary>What scripts learn from the exit.</summary>
internal static class ExitCode
{
    /// <summary>All was done.</summary>
    public const int Done = 0;

    /// <summary>Failed on what it was given; the message names file and remedy.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>Interrupted; what can be gone on with was saved.</summary>
    public const int Interrupted = 130;
}
