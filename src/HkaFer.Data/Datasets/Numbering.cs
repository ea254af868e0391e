using System.Globalization;

namespace HkaFer.Data;

/// <summary>The numbers that a data set gives its classes, by name, and the labels that the program gives the same names.</summary>
internal sealed class Numbering
{
    private readonly int _first;
    private readonly string[] _names;
    private readonly int[] _labels;

    /// <summary>A numbering.</summary>
    /// <param name="first">Number of the first name.</param>
    /// <param name="names">The data set's classes in its own order; expressions under any of their usual names.</param>
    /// <param name="classes">The classes in use, in label order; what is not among them is dropped.</param>
    public Numbering(int first, IReadOnlyList<string> names, IReadOnlyList<string> classes)
    {
        (_first, Classes) = (first, classes);
        _names = [.. names.Select(Canonical)];
        _labels = [.. _names.Select(name => Array.IndexOf([.. classes], name))];
    }

    /// <summary>The seven basic expressions in label order: what all data sets but FERPlus and AffectNet have.</summary>
    public static IReadOnlyList<string> Basic { get; } = [.. Expressions.Names.Take(7)];

    /// <summary>The classes in use, in label order.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The label that a number or a name stands for.</summary>
    /// <param name="text">As the data set writes it.</param>
    /// <param name="where">Kind, file and line, for the error.</param>
    /// <returns>Null where the class is none of those in use.</returns>
    /// <exception cref="HkaFerException">It is neither a number nor a name of a class.</exception>
    public int? Label(string text, string where)
    {
        int at = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number - (long)_first is >= 0 and var offset && offset < _names.Length ? (int)offset : -1
            : Array.IndexOf(_names, Canonical(text));
        if (at < 0)
        {
            throw new HkaFerException(
                $"{where}: label '{Nearest.Cut(text)}'; expected a number from {_first} to {_first + _names.Length - 1} ({string.Join(", ", _names)}), or one of these names");
        }

        return _labels[at] < 0 ? null : _labels[at];
    }

    private static string Canonical(string name)
    {
        string plain = name.Trim().ToLowerInvariant().Replace('_', ' ');
        return Expressions.TryParse(plain, out var expression) ? Expressions.Names[(int)expression] : plain;
    }
}
