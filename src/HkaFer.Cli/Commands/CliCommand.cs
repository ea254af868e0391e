using System.CommandLine;
using System.CommandLine.Parsing;

namespace HkaFer.Cli.Commands;

/// <summary>A command: what it is called, what it takes, what it does.</summary>
internal abstract class CliCommand(string name, string description) : Command(name, description)
{
    /// <summary>Command lines that show the use, each with what it does.</summary>
    public List<(string Line, string What)> Examples { get; } = [];

    /// <summary>What the help says beside the list of options.</summary>
    public string? Remarks { get; protected init; }

    /// <summary>Whether it looks at the token that it is run with: a first signal then asks it to stop, and else ends the program.</summary>
    public bool Stops { get; protected init; }

    /// <summary>Does it.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="HkaFerException">Failed on what it was given.</exception>
    /// <exception cref="UsageException">The options do not go together.</exception>
    public abstract int Run(ParseResult args, Output output, CancellationToken cancel);

    /// <summary>An argument in its place.</summary>
    protected Argument<T> Take<T>(string name, string description, ArgumentArity? arity = null)
    {
        var argument = new Argument<T>(name) { Description = description };
        argument.Arity = arity ?? argument.Arity;
        if (typeof(T) == typeof(string))
        {
            argument.Validators.Add(result => RefuseEmpty(name, result));
        }

        Arguments.Add(argument);
        return argument;
    }

    /// <summary>An option with a value.</summary>
    protected Option<T> With<T>(string name, string value, string description)
    {
        var option = new Option<T>(name) { Description = description, HelpName = value };
        if (typeof(T) == typeof(string))
        {
            option.Validators.Add(result => RefuseEmpty(name, result));
        }

        Options.Add(option);
        return option;
    }

    /// <summary>An option that is one of several words.</summary>
    protected Option<string?> OneOf(string name, string value, string description, params string[] words)
    {
        Option<string?> option = With<string?>(name, value, $"{description}: {string.Join(", ", words)}");
        option.CompletionSources.Add(words);
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !words.Contains(token.Value, StringComparer.Ordinal))
            {
                result.AddError($"{name} does not know '{token.Value}'; {Nearest.Hint(token.Value, words)}");
            }
        });
        return option;
    }

    /// <summary>A whole number from <paramref name="low"/> on.</summary>
    protected Option<int?> Count(string name, string value, string description, int low, int high = 1 << 20)
    {
        Option<int?> option = With<int?>(name, value, description);
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, out int number) && number >= low && number <= high))
            {
                result.AddError($"{name} is '{token.Value}'; expected a whole number from {low} to {high}");
            }
        });
        return option;
    }

    /// <summary>A script's variable that was never set should not be taken for a name.</summary>
    private static void RefuseEmpty(string name, SymbolResult result)
    {
        if (result.Tokens is [{ Value.Length: 0 }])
        {
            result.AddError($"{name} is empty");
        }
    }

    /// <summary>An option that is there or not.</summary>
    protected Option<bool> Flag(string name, string description)
    {
        var option = new Option<bool>(name) { Description = description };
        Options.Add(option);
        return option;
    }
}
