using System.Globalization;

namespace HkaFer.Cli;

/// <summary>Rows for people. A column whose name starts with <c>&gt;</c> holds numbers and is set flush right.</summary>
internal sealed class Table(params string[] columns)
{
    private readonly List<object?[]> _rows = [];

    public IEnumerable<(string Name, bool Right)> Columns => columns.Select(c => (c.TrimStart('>'), c.StartsWith('>')));

    /// <summary>The columns that stay on a terminal too narrow for all, counted from the first; all of them where not given.</summary>
    public int Essential { get; init; } = columns.Length;

    /// <summary>The table without its last columns that a terminal has no room for: better fewer than each broken in the middle of its words.</summary>
    /// <param name="width">Characters of a line.</param>
    public Table Fitting(int width)
    {
        string[][] lines = [[.. Columns.Select(c => c.Name)], .. Rows(grouped: true)];

        // A border, and a space on either side of a cell.
        int[] widths = [.. columns.Select((_, i) => 3 + lines.Max(line => line[i].Length))];
        int kept = columns.Length;
        while (kept > Essential && 1 + widths.Take(kept).Sum() > width)
        {
            kept--;
        }

        var fitting = new Table(columns[..kept]);
        foreach (object?[] row in _rows)
        {
            fitting.Add(row[..kept]);
        }

        return fitting;
    }

    /// <summary>Adds a row; whole numbers and text, null where there is nothing.</summary>
    public Table Add(params object?[] cells)
    {
        _rows.Add(cells);
        return this;
    }

    /// <summary>The rows as text; thousands are grouped for people, and not for programs.</summary>
    public IEnumerable<string[]> Rows(bool grouped) => _rows.Select(row => Array.ConvertAll(row, cell => cell switch
    {
        null => "",
        int or long => ((IFormattable)cell).ToString(grouped ? "N0" : "D", CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => cell.ToString()!,
    }));
}
