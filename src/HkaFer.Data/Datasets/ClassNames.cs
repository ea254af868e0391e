namespace HkaFer.Data;

/// <summary>Turns the names that a data set gives its classes into the program's names, order and labels.</summary>
internal sealed class ClassNames
{
    private readonly Dictionary<string, int> _labels = new(StringComparer.Ordinal);

    /// <summary>
    /// Names that are all expressions get the program's names and order; any others keep theirs and stand in alphabetical order.
    /// </summary>
    public ClassNames(IEnumerable<string> names)
    {
        string[] distinct = [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (distinct.All(n => Expressions.TryParse(n, out _)))
        {
            var used = distinct.Select(Parse).Distinct().Order().ToList();
            Names = [.. used.Select(e => Expressions.Names[(int)e])];
            foreach (string name in distinct) _labels[name] = used.IndexOf(Parse(name));
        }
        else
        {
            Names = distinct;
            for (int i = 0; i < distinct.Length; i++) _labels[distinct[i]] = i;
        }
    }

    /// <summary>The program's names, in label order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The label of a name as the data set writes it.</summary>
    public int this[string name] => _labels[name];

    private static Expression Parse(string name) =>
        Expressions.TryParse(name, out var e) ? e : throw new ArgumentException(name, nameof(name));
}
