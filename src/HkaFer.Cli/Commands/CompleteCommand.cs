using System.CommandLine;

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
        string[] found = [.. Found(args.GetRequiredValue(_line), args.GetValue(_position))];
        if (!output.Document(() => Json.Strings(found)))
        {
            foreach (string item in found)
            {
                output.Line(item);
            }
        }

        return ExitCode.Done;
    }

    private static IEnumerable<string> Found(string line, int cursor)
    {
        int name = line.IndexOf(' ');
        if (name < 0)
        {
            return [];
        }

        string rest = line[(name + 1)..];
        int position = Math.Clamp(cursor - name - 1, 0, rest.Length);
        string word = rest[..position].Split(' ')[^1];

        // Options only where one has begun: at an empty word a file name is meant more often.
        return new HkaFerCommand().Parse(rest).GetCompletions(position).Select(item => item.Label)
            .Where(label => label.StartsWith(word, StringComparison.Ordinal) && (word.StartsWith('-') || !label.StartsWith('-')));
    }
}
