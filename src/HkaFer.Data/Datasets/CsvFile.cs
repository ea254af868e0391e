using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace HkaFer.Data;

/// <summary>Rows of a file of comma-separated values: any line ends, byte order marks, quotes.</summary>
internal static class CsvFile
{
    /// <summary>Longest field; an unclosed quote would otherwise swallow the rest of the file.</summary>
    private const int MaxField = 1 << 16;

    /// <summary>Reads rows as they are needed; blank lines are skipped, fields are trimmed.</summary>
    /// <returns>Line number, from 1, and fields.</returns>
    /// <exception cref="HkaFerException">The file is missing or its quotes are broken.</exception>
    public static IEnumerable<(int Line, string[] Fields)> Rows(string path, string kind)
    {
        if (!File.Exists(path)) throw new HkaFerException($"{kind}: list missing: expected the file '{path}'");
        var config = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            HasHeaderRecord = false,
            TrimOptions = TrimOptions.Trim,
            MaxFieldSize = MaxField,
        };
        using var text = new StreamReader(InputFile.OpenRead(path));
        using var parser = new CsvParser(text, config);
        while (Next(parser, path, kind) is { } fields) yield return (parser.RawRow, fields);
    }

    // Fields are unquoted only when they are asked for, so that is where broken quotes show.
    private static string[]? Next(CsvParser parser, string path, string kind)
    {
        // A quote that is never closed is noticed at the end of the file; what people look for is where it opened.
        int first = parser.RawRow + 1;
        try
        {
            return parser.Read() ? parser.Record : null;
        }
        catch (CsvHelperException e)
        {
            throw new HkaFerException(
                $"{kind}: '{path}' line {first}: not comma-separated values (a quote that opens here and is not closed, "
                + $"or a field of more than {MaxField:N0} characters); close the quote, or write a quote in a field twice", e);
        }
    }
}
