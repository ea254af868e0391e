using System.Diagnostics;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace HkaFer.Cli;

/// <summary>
/// What a command says. Results go to standard output: one JSON document, or tables for people on a terminal, or plain lines with tabs.
/// Progress and messages go to standard error.
/// </summary>
internal sealed class Output(Streams streams, bool json, bool quiet)
{
    private static readonly TimeSpan s_refresh = TimeSpan.FromMilliseconds(100);
    private long _refreshed;
    private bool _live;

    /// <summary>Whether a script asked for JSON; then nothing but <see cref="Document"/> may write a result.</summary>
    public bool IsJson => json;

    /// <summary>Whether a line of progress is rewritten in place.</summary>
    public bool IsLive => streams.MessagesIsTerminal && !quiet;

    /// <summary>Whether results go to a terminal.</summary>
    public bool IsTerminal => streams.ResultIsTerminal;

    /// <summary>Standard output, for results that are written as they come.</summary>
    public TextWriter Result => streams.Result;

    /// <summary>The one JSON document, where JSON was asked for.</summary>
    /// <returns>Whether it was.</returns>
    public bool Document(Func<JsonNode> make)
    {
        if (json)
        {
            ClearLive();
            streams.Result.WriteLine(Json.Document(make()));
        }

        return json;
    }

    /// <summary>A line of the result.</summary>
    public void Line(string text)
    {
        ClearLive();
        streams.Result.WriteLine(text);
    }

    /// <summary>Names and values, one pair a line.</summary>
    public void Facts(params (string Name, string Value)[] facts)
    {
        int width = facts.Max(f => f.Name.Length) + 2;
        foreach ((string name, string value) in facts)
        {
            Line(IsTerminal ? name.PadRight(width) + value : $"{name}\t{value}");
        }
    }

    /// <summary>A table: drawn on a terminal, else lines with tabs under a line of names.</summary>
    public void Table(Table table)
    {
        ClearLive();
        if (!IsTerminal)
        {
            Line(string.Join('\t', table.Columns.Select(c => c.Name)));
            foreach (string[] row in table.Rows(grouped: false))
            {
                Line(string.Join('\t', row));
            }

            return;
        }

        bool plain = Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Yes,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Standard,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(streams.Result),
        });
        string[] names = [.. table.Columns.Select(c => c.Name)];
        table = table.Fitting(console.Profile.Width);
        var drawn = new Spectre.Console.Table { Border = TableBorder.Rounded };
        foreach ((string name, bool right) in table.Columns)
        {
            drawn.AddColumn(new TableColumn(new Text(name, new Style(decoration: Decoration.Bold)))
                { Alignment = right ? Justify.Right : Justify.Left });
        }

        foreach (string[] row in table.Rows(grouped: true))
        {
            drawn.AddRow(row.Select(cell => new Text(cell)));
        }

        console.Write(drawn);
        string[] left = names[table.Columns.Count()..];
        if (left.Length > 0)
        {
            Message($"no room here for {string.Join(", ", left)}; a wider terminal or --json shows all");
        }
    }

    /// <summary>A line for whoever waits; not with <c>--quiet</c>.</summary>
    public void Message(string text)
    {
        if (!quiet)
        {
            ClearLive();
            streams.Messages.WriteLine(text);
        }
    }

    /// <summary>What went wrong, which <c>--quiet</c> does not hide.</summary>
    public void Error(string text)
    {
        ClearLive();
        streams.Messages.WriteLine(text);
    }

    /// <summary>Warns of tensors of a checkpoint that were left out. Position ids, which older files hold, say nothing but 0, 1, 2 ..</summary>
    public void LeftOut(IReadOnlyList<string> tensors)
    {
        string[] told = [.. tensors.Where(name => !name.EndsWith("position_ids", StringComparison.Ordinal))];
        if (told.Length > 0)
        {
            Error($"warning: {told.Length} {(told.Length == 1 ? "tensor" : "tensors")} of the checkpoint left out, for the model has no place for {(told.Length == 1 ? "it" : "them")}: "
                + $"{string.Join(", ", told.Take(4).Select(Nearest.Cut))}{(told.Length > 4 ? ", ..; hkafer inspect lists all" : "")}");
        }
    }

    /// <summary>The line that a terminal shows until the next one; nothing elsewhere.</summary>
    public void Live(Func<string> text)
    {
        if (!IsLive || (_live && Stopwatch.GetElapsedTime(_refreshed) < s_refresh))
        {
            return;
        }

        // Longer than the terminal is wide, it would wrap and could not be taken back.
        string line = text();
        int width = Math.Max(20, Console.BufferWidth - 1);
        streams.Messages.Write($"\r\u001b[K{(line.Length > width ? line[..width] : line)}");
        _refreshed = Stopwatch.GetTimestamp();
        _live = true;
    }

    /// <summary>What long work is at: the live line on a terminal, a line of its own elsewhere.</summary>
    public void Step(string text)
    {
        if (IsLive)
        {
            Live(() => text);
        }
        else
        {
            Message(text);
        }
    }

    /// <summary>Takes the live line back.</summary>
    public void ClearLive()
    {
        if (_live)
        {
            streams.Messages.Write("\r\u001b[K");
            _live = false;
        }
    }
}
