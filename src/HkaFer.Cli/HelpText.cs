using System.CommandLine;
using System.Text;
using HkaFer.Cli.Commands;

namespace HkaFer.Cli;

/// <summary>What <c>--help</c> says: what a command does, what it takes, and how it is used.</summary>
internal static class HelpText
{
    private const int Width = 100, Indent = 2;

    /// <summary><c>hkafer data verify</c>.</summary>
    public static string Path(Command command)
    {
        string? above = command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? Path(parent) : null;
        return command is RootCommand ? "hkafer" : $"{above} {command.Name}";
    }

    /// <summary>The command with all that it takes, in lines that break between its parts.</summary>
    public static string Usage(Command command)
    {
        const string title = "usage: ";
        var text = new StringBuilder(title + Path(command));
        int width = text.Length;
        foreach (string part in Parts(command))
        {
            bool fits = width + 1 + part.Length <= Width;
            text.Append(fits ? " " : "\n" + new string(' ', title.Length)).Append(part);
            width = fits ? width + 1 + part.Length : title.Length + part.Length;
        }

        return text.ToString();
    }

    private static IEnumerable<string> Parts(Command command)
    {
        IEnumerable<string> parts = [];
        if (command.Subcommands.Count > 0)
        {
            parts = parts.Append("COMMAND");
        }

        return parts.Concat(command.Arguments.Select(ArgumentForm))
            .Concat(Own(command).Select(o => o.Required ? OptionForm(o) : $"[{OptionForm(o)}]{(Repeats(o) ? "..." : "")}"));
    }

    /// <summary>Writes the help of a command.</summary>
    public static void Write(Command command, TextWriter to)
    {
        Paragraph(command.Description ?? "", 0, to);
        to.WriteLine($"\n{Usage(command)}");
        if (command is CliCommand { Remarks: { } remarks })
        {
            to.WriteLine();
            Paragraph(remarks, 0, to);
        }

        IEnumerable<Command> below = command.Subcommands.Where(c => !c.Hidden);
        List(command is RootCommand ? "commands" : "what to do", below.Select(c => (c.Name, c.Description ?? "")), to);
        List("arguments", command.Arguments.Select(a => (a.Name, a.Description ?? "")), to);
        List("options", Own(command).Concat(Shared(command)).Select(o => (OptionForm(o), o.Description ?? "")), to);
        if (command is CliCommand { Examples: { Count: > 0 } examples })
        {
            to.WriteLine("\nexamples:");
            foreach ((string line, string what) in examples)
            {
                to.WriteLine($"  {line}");
                Paragraph(what, 6, to);
            }
        }

        if (command is RootCommand)
        {
            to.WriteLine("""

                examples:
                  hkafer quickstart
                      from nothing to predictions, in a few minutes, with generated faces
                  hkafer doctor
                      what this machine has and what will be used

                Exit codes: 0 done, 1 failed on what it was given, 2 wrong usage, 130 interrupted.
                More on a command: hkafer COMMAND --help
                """);
        }
    }

    private static IEnumerable<Option> Own(Command command) => command.Options.Where(o => !o.Hidden && !o.Recursive);

    private static IEnumerable<Option> Shared(Command command) =>
        command.Options.Where(o => o.Recursive).Concat(command.Parents.OfType<Command>().SelectMany(Shared));

    private static bool Repeats(Option option) => option.Arity.MaximumNumberOfValues > 1;

    private static string ArgumentForm(Argument argument)
    {
        string name = argument.Arity.MaximumNumberOfValues > 1 ? $"{argument.Name}..." : argument.Name;
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{name}]" : name;
    }

    private static string OptionForm(Option option) => option.HelpName is { } value ? $"{option.Name} {value}" : option.Name;

    private static void List(string title, IEnumerable<(string Name, string Text)> items, TextWriter to)
    {
        (string Name, string Text)[] all = [.. items];
        if (all.Length == 0)
        {
            return;
        }

        to.WriteLine($"\n{title}:");
        int column = Indent + Math.Min(26, all.Max(i => i.Name.Length)) + 2;
        foreach ((string name, string text) in all)
        {
            string head = new string(' ', Indent) + name;
            string[] lines = [.. Wrap(text, Width - column)];
            bool fits = head.Length + 2 <= column;
            if (!fits)
            {
                to.WriteLine(head);
            }

            for (int i = 0; i < lines.Length; i++)
            {
                to.WriteLine((i == 0 && fits ? head.PadRight(column) : new string(' ', column)) + lines[i]);
            }
        }
    }

    private static void Paragraph(string text, int indent, TextWriter to)
    {
        foreach (string line in text.Split('\n').SelectMany(part => Wrap(part, Width - indent)))
        {
            to.WriteLine(new string(' ', indent) + line);
        }
    }

    private static IEnumerable<string> Wrap(string text, int width)
    {
        while (text.Length > width && text.LastIndexOf(' ', width) is > 0 and int space)
        {
            yield return text[..space];
            text = text[(space + 1)..];
        }

        yield return text;
    }
}
