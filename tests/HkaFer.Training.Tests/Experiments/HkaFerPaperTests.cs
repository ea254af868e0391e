using System.Globalization;
using HkaFer.Testing;

namespace HkaFer.Training.Tests.Experiments;

public class HkaFerPaperTests
{
    [Fact]
    public void Numbers_in_code_are_those_of_the_papers_text()
    {
        string[] printed =
        [
            .. Fixtures.RequirePaper("000").Replace("<u>", "").Replace("</u>", "").Replace("HKA FER", "HKAFER").Split('\n').Select(line => line.Trim())
                .Where(line => line.Contains('\t') && line.Split('\t')[^1].All(c => char.IsAsciiDigit(c) || c is '.' or '-')).Select(Normal),
        ];
        string[] ours = [.. new[] { HkaFerPaper.Table1, HkaFerPaper.Table2, HkaFerPaper.Table3, HkaFerPaper.Table4, HkaFerPaper.Table5 }.SelectMany((rows, table) => rows.Select(row => Line(row, table + 1)))];
        Assert.Equal(printed, ours);
    }

    /// <summary>As the text has it: names by their letters alone, as it sets some in formulas.</summary>
    private static string Normal(string line)
    {
        string[] fields = line.Split('\t');
        fields[0] = Letters(fields[0].Replace("\\text", ""));
        return string.Join('\t', fields);
    }

    private static string Letters(string text) => string.Concat(text.Where(char.IsAsciiLetterOrDigit));

    private static string Line(HkaFerPaper.Row row, int table)
    {
        string trainable = row.Trainable.Length == 0 ? "-" : row.Trainable;
        string[] before = table switch { 1 => [row.Backbone, trainable], 2 or 3 => [], _ => [trainable] };
        return string.Join('\t', [Letters(row.Method), .. before, .. row.Values.Select(v => v?.ToString("F2", CultureInfo.InvariantCulture) ?? "-")]);
    }
}
