namespace HkaFer.Cli;

/// <summary>A command line whose parts are right each and wrong together.</summary>
internal sealed class UsageException(string message) : Exception(message);
