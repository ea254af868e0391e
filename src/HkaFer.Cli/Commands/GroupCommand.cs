using System.CommandLine;

namespace HkaFer.Cli.Commands;

/// <summary>A word before other commands.</summary>
internal sealed class GroupCommand : CliCommand
{
    public GroupCommand(string name, string description, params CliCommand[] commands)
        : base(name, description)
    {
        foreach (CliCommand command in commands)
        {
            Subcommands.Add(command);
            Examples.AddRange(command.Examples.Take(1));
        }
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel) =>
        throw new UsageException($"name what to do: {string.Join(", ", Subcommands.Select(c => c.Name))}");
}
