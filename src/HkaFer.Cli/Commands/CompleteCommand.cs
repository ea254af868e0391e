using System.CommandLine;
using System.CommandLine.Completions;

namespace HkaFer.Cli.Commands;

/// <summary>What may follow in a line that is being typed; asked by the scripts of <see cref="CompletionCommand"/>.</summary>
internal sealed class CompleteCommand : CliCommand
{
    private readonly Argument<int> _position;
    private readonly Argument<string> _line;

    public CompleteCommand()
        : base("__complete", "What may follow in a line that is being typed.")
    {
        Hidden = true;
        _position = Take<int>("POSITION", "where the cursor is");
        _line = Take<string>("LINE", "the line, the program's name included");
        Examples.Add(("hkafer __complete 10 'hkafer par'", "params"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        string line = args.GetRequiredValue(_line);
        int name = line.IndexOf(' ');
        if (name < 0)
        {
            return ExitCode.Done;
        }

        string rest = line[(name + 1)..];
        int position = Math.Clamp(args.GetValue(_position) - name - 1, 0, rest.Length);
        string word = rest[..position].Split(' ')[^1];
        foreach (CompletionItem item in new HkaFerCommand().Parse(rest).GetCompletions(position))
        {
            // Options only where one has begun: at an empty word a file name is meant more often.
            if (item.Label.StartsWith(word, StringComparison.Ordinal) && (word.StartsWith('-') || !item.Label.StartsWith('-')))
            {
                output.Line(item.Label);
            }
        }

        return ExitCode.Done;
    }
}
