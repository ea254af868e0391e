using System.Globalization;

namespace HkaFer.Training;

/// <summary>What stands below a filled table, whatever it is written as: the comparisons of its methods, and lists.</summary>
internal static class ExperimentAppendix
{
    /// <summary>The heading above the comparisons.</summary>
    internal const string ComparisonHead = "Differences between methods, run against run on the same pictures";

    /// <summary>How the comparisons are to be read.</summary>
    internal const string ComparisonLead =
        "McNemar's exact test, two-sided, not corrected for the number of comparisons; right alone: pictures on which one of the two is "
        + "right and the other wrong.";

    /// <summary>The columns of the comparisons, and whether they hold numbers.</summary>
    internal static IReadOnlyList<(string Head, bool IsNumber)> ComparisonColumns { get; } =
    [
        ("column", false), ("method", false), ("against", false),
        ("seed", true), ("method right alone", true), ("other right alone", true), ("p", true),
    ];

    /// <summary>A comparison in these columns.</summary>
    internal static string[] Cells(ExperimentComparison comparison) =>
    [
        comparison.Column, comparison.First, comparison.Second,
        Plain(comparison.Seed), Plain(comparison.OnlyFirstRight), Plain(comparison.OnlySecondRight), ExperimentText.P(comparison.P),
    ];

    /// <summary>The lists that have something in them.</summary>
    internal static IEnumerable<Section> Sections(ExperimentTable table) => ((Section[])
    [
        new(
            "Best epoch instead of the last", "Chosen by the pictures that it reports, so that it flatters.",
            [.. ExperimentText.BestEpochs(table).Select(best => $"{best.Row}, {best.Column}: {ExperimentText.Number(best.Best)}")]),
        new("Not filled", null, [.. ExperimentText.Gaps(table)]),
        new("Not drawn", null, [.. table.Drawings.Where(d => d.Reason is not null).Select(d => $"{d.Title}: {d.Reason}")]),
        new("Read it so", null, table.Notes),
    ]).Where(section => section.Items.Count > 0);

    private static string Plain(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A list.</summary>
    /// <param name="Head">Its heading.</param>
    /// <param name="Lead">A sentence before it, or null.</param>
    /// <param name="Items">Its items.</param>
    internal sealed record Section(string Head, string? Lead, IReadOnlyList<string> Items);
}
