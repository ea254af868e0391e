namespace HkaFer.Cli;

/// <summary>Rows for people. A column whose name starts with <c>&gt;</c> holds numbers and is set flush right.</summary>
internal sealed class Table(params string[] columns)
{
    private readonly List<string[]> _rows = [];

    public IEnumerable<(string Name, bool Right)> Columns => columns.Select(c => (c.TrimStart('>'), c.StartsWith('>')));

    public IReadOnlyList<string[]> Rows => _rows;

    public Table Add(params string[] cells)
    {
        _rows.Add(cells);
        return this;
    }
}
