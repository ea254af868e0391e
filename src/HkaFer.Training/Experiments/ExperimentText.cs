using System.Globalization;
using System.Text;

namespace HkaFer.Training;

/// <summary>A filled table as Markdown and as CSV. Neither holds a clock reading: the same runs give the same bytes.</summary>
public static class ExperimentText
{
    /// <summary>What stands where there is no number.</summary>
    internal const string None = "-";

    /// <summary>The table as Markdown: ours as mean and deviation, the paper's beside it; then what it takes to read it.</summary>
    public static string Markdown(ExperimentTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        Experiment experiment = table.Experiment;
        var text = new StringBuilder();
        Line($"# {experiment.Title}");
        Line("");
        Line($"{experiment.Source}. {Legend(table)}");
        Line("");
        bool grouped = experiment.Rows.Any(row => row.Group.Length > 0), detailed = experiment.Rows.Any(row => row.Detail.Length > 0);
        bool counted = HasPaperCounts(experiment);
        string[] heads =
        [
            "method", .. detailed ? ["backbone"] : Array.Empty<string>(), "trained", .. counted ? ["paper"] : Array.Empty<string>(),
            .. Shown(experiment).Select(shown => shown.Head),
        ];
        Row(heads);
        Row([.. heads.Select((_, i) => i < (detailed ? 2 : 1) ? "---" : "---:")]);
        string group = "";
        foreach ((int r, ExperimentRow row) in experiment.Rows.Index())
        {
            if (grouped && row.Group != group)
            {
                group = row.Group;
                Row([$"*{group}*", .. Enumerable.Repeat("", heads.Length - 1)]);
            }

            Row([
                row.Label, .. detailed ? [row.Detail] : Array.Empty<string>(), Trained(table.Values[r]), .. counted ? [row.PaperTrainable.Length == 0 ? None : row.PaperTrainable] : Array.Empty<string>(),
                .. Shown(experiment).Select(shown => Cell(table.Values[r], shown)),
            ]);
        }

        Line("");
        Comparisons();
        foreach (ExperimentAppendix.Section section in ExperimentAppendix.Sections(table))
        {
            Head(section.Head, section.Lead);
            foreach (string item in section.Items)
            {
                Line($"- {item.ReplaceLineEndings(" ")}");
            }

            Line("");
        }

        return text.ToString();

        void Line(string line) => text.Append(line).Append('\n');

        void Row(IEnumerable<string> cells) => Line($"| {string.Join(" | ", cells.Select(Escaped))} |");

        static string Escaped(string cell) => cell.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");

        void Head(string head, string? lead)
        {
            Line($"## {head}");
            Line("");
            if (lead is not null)
            {
                Line(lead);
                Line("");
            }
        }

        void Comparisons()
        {
            if (table.Comparisons.Count > 0)
            {
                Head(ExperimentAppendix.ComparisonHead, ExperimentAppendix.ComparisonLead);
                Row(ExperimentAppendix.ComparisonColumns.Select(column => column.Head));
                Row(ExperimentAppendix.ComparisonColumns.Select(column => column.IsNumber ? "---:" : "---"));
                foreach (ExperimentComparison comparison in table.Comparisons)
                {
                    Row(ExperimentAppendix.Cells(comparison));
                }

                Line("");
            }
        }
    }

    /// <summary>The cells one a line, numbers in full precision, empty where there is none.</summary>
    public static string Csv(ExperimentTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var text = new StringBuilder(
            "experiment,group,row,detail,column,ours,deviation,per_seed,macro_f1,best_epoch,count,trainable,paper,paper_trainable,reason\n");
        foreach ((ExperimentRow row, string column, ExperimentValue value) in Cells(table))
        {
            string[] cells =
            [
                table.Experiment.Name, row.Group, row.Label, row.Detail, column,
                Full(value.Ours), Full(value.Deviation), string.Join(' ', value.PerSeed.Select(v => v is null ? None : Full(v))),
                Full(value.MacroF1), Full(value.Best), Plain(value.Count), Plain(value.Trainable),
                Full(value.Paper), row.PaperTrainable, value.Reason ?? "",
            ];
            text.AppendJoin(',', cells.Select(Quoting.CsvCell)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>All cells with their rows and columns.</summary>
    internal static IEnumerable<(ExperimentRow Row, string Column, ExperimentValue Value)> Cells(ExperimentTable table) =>
        table.Experiment.Rows.Zip(table.Values)
            .SelectMany(row => table.Experiment.Columns.Zip(row.Second).Select(cell => (row.First, cell.First, cell.Second)));

    /// <summary>How the numbers are to be read.</summary>
    internal static string Legend(ExperimentTable table) =>
        $"Accuracy in percent where column and heading say nothing else; ours is {(table.Seeds > 1 ? $"the mean of seeds 1 to {table.Seeds} with the standard deviation over them" : "of one seed")}, and beside it stands the paper's; {None} where there is none. Trained: weights that training changes, head included.";

    /// <summary>The columns as they are printed: ours and the paper's, where any row has such a number or was to have it.</summary>
    public static IReadOnlyList<(int Column, bool IsPaper, string Head)> Shown(Experiment experiment)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        return [.. experiment.Columns.Index().SelectMany(column =>
        {
            bool ours = experiment.Rows.Any(row => row.Cells[column.Index].IsOurs), paper = experiment.Rows.Any(row => row.Cells[column.Index].Paper is not null);
            return ((int, bool, string)[])[
                .. ours || !paper ? [(column.Index, false, column.Item)] : Array.Empty<(int, bool, string)>(),
                .. paper ? [(column.Index, true, ours ? "paper" : $"{column.Item}: paper")] : Array.Empty<(int, bool, string)>()];
        })];
    }

    /// <summary>What stands in a printed column.</summary>
    /// <param name="row">The cells of a row.</param>
    /// <param name="shown">One of <see cref="Shown"/>.</param>
    public static string Cell(IReadOnlyList<ExperimentValue> row, (int Column, bool IsPaper, string Head) shown)
    {
        ArgumentNullException.ThrowIfNull(row);
        return shown.IsPaper ? Number(row[shown.Column].Paper) : Ours(row[shown.Column]);
    }

    internal static bool HasPaperCounts(Experiment experiment) => experiment.Rows.Any(row => row.PaperTrainable.Length > 0);

    internal static string Trained(IReadOnlyList<ExperimentValue> row) =>
        row.Select(value => value.Trainable).OfType<long>().Select(count => count.ToString("N0", CultureInfo.InvariantCulture))
            .FirstOrDefault(None);

    internal static string Ours(ExperimentValue value) =>
        value.Ours is null ? None : value.Deviation is null ? Number(value.Ours) : $"{Number(value.Ours)} ± {Number(value.Deviation)}";

    internal static string Number(double? percent) => percent?.ToString("F2", CultureInfo.InvariantCulture) ?? None;

    internal static string P(double p) => p < 0.001 ? "< 0.001" : p.ToString("F3", CultureInfo.InvariantCulture);

    /// <summary>What the best epoch would have given, where no third split chose the epoch.</summary>
    internal static IEnumerable<(string Row, string Column, double? Best)> BestEpochs(ExperimentTable table) =>
        Cells(table).Where(cell => cell.Value.Best is not null).Select(cell => (Named(cell.Row), cell.Column, cell.Value.Best));

    /// <summary>The cells that could not be had, those of one reason together.</summary>
    internal static IEnumerable<string> Gaps(ExperimentTable table)
    {
        foreach (var gap in Cells(table).GroupBy(cell => cell.Value.Reason, StringComparer.Ordinal).Where(gap => gap.Key is not null))
        {
            IEnumerable<string> places = gap.GroupBy(cell => cell.Column, StringComparer.Ordinal)
                .Select(column => Place(table, column.Key, [.. column.Select(cell => Named(cell.Row))]));
            yield return $"{string.Join("; ", places)}: {gap.Key}";
        }
    }

    internal static string Named(ExperimentRow row) =>
        string.Join(", ", ((string[])[row.Group, row.Label, row.Detail]).Where(part => part.Length > 0));

    /// <summary>A column, and the rows of ours in it where it is not all of them.</summary>
    private static string Place(ExperimentTable table, string column, string[] rows)
    {
        int ours = Cells(table).Count(cell => cell.Column == column && cell.Value.IsOurs);
        return rows.Length == ours ? column : $"{column} ({string.Join(", ", rows)})";
    }

    private static string Full(double? number) => number?.ToString("R", CultureInfo.InvariantCulture) ?? "";

    private static string Plain(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";
}
