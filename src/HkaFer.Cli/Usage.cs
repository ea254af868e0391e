using System.CommandLine;
using System.CommandLine.Parsing;
using HkaFer.Cli.Commands;
using HkaFer.Data;

namespace HkaFer.Cli;

/// <summary>Says what is wrong with a command line, and what may have been meant.</summary>
internal static class Usage
{
    /// <summary>The first problem, or null.</summary>
    public static string? Problem(ParseResult parsed, string[] args)
    {
        Command command = parsed.CommandResult.Command;
        if (UnknownOption(parsed, args) is { } option)
        {
            string[] names = [.. OptionNames(command)];
            return $"unknown option '{option}'; {Nearest.Hint(Name(option), names)}"
                + (names.Contains("--set") ? "; a key of the recipe goes as --set KEY=VALUE, for example --set training.seed=2" : "");
        }

        if (parsed.UnmatchedTokens is [var token, ..])
        {
            return command.Subcommands.Count > 0
                ? $"unknown command '{token}'; {Nearest.Hint(token, command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name))}"
                : $"'{token}' is one argument too many";
        }

        // A group says itself what may follow it.
        return parsed.Errors is [var error, ..] && command.Subcommands.Count == 0 ? Text(error) : null;
    }

    /// <summary>Names of the options that a command takes.</summary>
    public static IEnumerable<string> OptionNames(Command command)
    {
        string[] shared = ["--json", "--quiet", "--help"];
        return command.Options.Where(o => !o.Hidden).Select(o => o.Name).Concat(shared).Distinct(StringComparer.Ordinal);
    }

    // The parser takes what looks like an option for a path where a command takes any number of them. After a bare `--` that is meant.
    private static string? UnknownOption(ParseResult parsed, string[] args)
    {
        int end = Array.IndexOf(args, "--");
        HashSet<string> before = [.. end < 0 ? args : args[..end]];
        return parsed.CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(result => result.Tokens.Select(t => t.Value))
            .Concat(parsed.UnmatchedTokens)
            .FirstOrDefault(value => value is ['-', _, ..] && before.Contains(value));
    }

    private static string Name(string option) => option.Split('=', ':')[0];

    private static string Text(ParseError error)
    {
        string message = error.Message.Trim().TrimEnd('.');
        return error.SymbolResult switch
        {
            // The library knows arguments by their type only.
            ArgumentResult { Argument: var a, Tokens.Count: 0 } => $"{a.Name} is missing",
            CommandResult { Command: CliCommand command }
                when command.Arguments.FirstOrDefault(a => message.Contains($"'{a.Name}'", StringComparison.Ordinal)) is { } a
                => $"{a.Name} is missing",
            OptionResult { IdentifierToken: null, Option: { Required: true } o } => $"{o.Name} is missing; it takes {o.HelpName}",
            OptionResult { Tokens: [var token], Option: var o } when o.ValueType == typeof(ulong?) => $"{o.Name} is '{token.Value}'; expected a whole number, 0 or more",
            OptionResult { Tokens.Count: 0, Option: var o } => $"{o.Name} is missing a value ({o.HelpName ?? o.Name.TrimStart('-')})",
            _ => message,
        };
    }
}
