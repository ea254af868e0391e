using System.Globalization;

namespace HkaFer.Cli;

/// <summary>Rows for people. A column whose name starts with <c>&gt;</c> holds numbers and is set flush right.</summary>
internal sealed class Table(params string[] columns)
{
    private readonly List<object?[]> _rows = [];

    public IEnumerable<(string Name, bool Right)> Columns => columns.Select(c => (c.TrimStart('>'), c.StartsWith('>')));

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
