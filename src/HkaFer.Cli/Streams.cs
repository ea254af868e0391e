namespace HkaFer.Cli;

/// <summary>Where a command writes.</summary>
/// <param name="Result">Standard output: results and nothing else.</param>
/// <param name="Messages">Standard error: progress, messages, errors.</param>
/// <param name="ResultIsTerminal">Whether a person reads the results as they come.</param>
/// <param name="MessagesIsTerminal">Whether a line of progress can be written over.</param>
internal sealed record Streams(TextWriter Result, TextWriter Messages, bool ResultIsTerminal = false, bool MessagesIsTerminal = false);
