namespace HkaFer.Training;

/// <summary>A filled table: our numbers beside the paper's, and methods compared on the same pictures.</summary>
public sealed class ExperimentTable
{
    private ExperimentTable(Experiment experiment, IReadOnlyList<IReadOnlyList<ExperimentValue>> values, IReadOnlyList<ExperimentComparison> comparisons, IReadOnlyList<string> notes, IReadOnlyList<(string Title, string? Svg, string? Reason)> drawings) =>
        (Experiment, Values, Comparisons, Notes, Drawings) = (experiment, values, comparisons, notes, drawings);

    /// <summary>What was planned.</summary>
    public Experiment Experiment { get; }

    /// <summary>Rows of cells, as the experiment has them.</summary>
    public IReadOnlyList<IReadOnlyList<ExperimentValue>> Values { get; }

    /// <summary>The reference row against every other row of ours, column by column, seed by seed.</summary>
    public IReadOnlyList<ExperimentComparison> Comparisons { get; }

    /// <summary>What a reader must know: of the plan, and of what was scored.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>The pictures that the experiment shows: title and SVG, or why there is none.</summary>
    public IReadOnlyList<(string Title, string? Svg, string? Reason)> Drawings { get; }

    /// <summary>Whether no cell of ours lacks a number.</summary>
    public bool IsComplete => Values.SelectMany(row => row).All(value => value.Reason is null);

    /// <summary>Seeds of each training.</summary>
    public int Seeds => Values.SelectMany(row => row).Select(value => value.PerSeed.Count).DefaultIfEmpty(0).Max();

    /// <summary>Fills a table.</summary>
    /// <param name="experiment">The plan.</param>
    /// <param name="outcome">What came of each score.</param>
    public static ExperimentTable Of(Experiment experiment, Func<PlannedScore, ScoreOutcome> outcome)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentNullException.ThrowIfNull(outcome);
        Dictionary<PlannedScore, ScoreOutcome> outcomes = experiment.Rows.SelectMany(r => r.Cells).SelectMany(c => c.Scores).Concat(experiment.Drawings.Select(d => d.Score)).Distinct().ToDictionary(s => s, outcome);
        var values = new List<IReadOnlyList<ExperimentValue>>();
        foreach (ExperimentRow row in experiment.Rows)
        {
            ExperimentValue[] own = [.. row.Cells.Select(cell => Value(cell, outcomes))];
            values.Add([.. own.Select((value, i) => row.Cells[i].MeanOf.Count == 0 ? value : MeanOf([.. row.Cells[i].MeanOf.Select(of => own[of])], row.Cells[i]))]);
        }

        string[] scored = [.. outcomes.Values.SelectMany(o => o.Record is { } record ? record.Notes.Select(note => $"{record.Data}: {note}") : [])];
        return new ExperimentTable(experiment, values, [.. Compare(experiment, outcomes)], [.. experiment.Notes.Concat(scored).Distinct(StringComparer.Ordinal)],
            [.. experiment.Drawings.Select(d => (d.Title, outcomes[d.Score].Record?.Drawing, outcomes[d.Score].Reason))]);
    }

    private static ExperimentValue Value(ExperimentCell cell, Dictionary<PlannedScore, ScoreOutcome> outcomes)
    {
        ScoreOutcome[] seeds = [.. cell.Scores.Select(score => outcomes[score])];
        double?[] best = [.. seeds.Select(s => Percent(s.Record, ScoreRecord.BestAccuracy))];
        string?[] why = [.. seeds.Select(s => s.Reason ?? (s.Record is { } record && Percent(record, cell.Measure) is null ? $"{record.Data} has no {cell.Measure}" : null))];
        string[] reasons = [.. why.Select((reason, i) => reason is null ? null : seeds.Length == 1 ? reason : $"seed {i + 1}: {reason}").OfType<string>()];

        // What holds for all seeds is said once.
        string[] plain = [.. why.OfType<string>().Distinct(StringComparer.Ordinal)];
        return new ExperimentValue
        {
            PerSeed = [.. seeds.Select(s => Percent(s.Record, cell.Measure))],
            MacroF1 = cell.Measure == ScoreRecord.Accuracy ? ExperimentValue.Mean([.. seeds.Select(s => Percent(s.Record, ScoreRecord.MacroF1))]) : null,
            Best = cell.Measure == ScoreRecord.Accuracy && best.All(b => b is not null) ? ExperimentValue.Mean(best) : null,
            Count = seeds.Select(s => s.Record?.Pictures.Count).FirstOrDefault(count => count is not null),
            Trainable = seeds.Select(s => s.Trainable).FirstOrDefault(count => count is not null),
            Paper = cell.Paper,
            IsOurs = cell.IsOurs,
            Reason = cell.Reason ?? (reasons.Length == 0 ? null : plain.Length == 1 && reasons.Length == seeds.Length ? plain[0] : string.Join("; ", reasons)),
        };
    }

    private static ExperimentValue MeanOf(IReadOnlyList<ExperimentValue> parts, ExperimentCell cell)
    {
        int seeds = parts.Min(part => part.PerSeed.Count);
        return new ExperimentValue
        {
            PerSeed = [.. Enumerable.Range(0, seeds).Select(i => parts.All(p => p.PerSeed[i] is not null) ? parts.Average(p => p.PerSeed[i]) : null)],
            Trainable = parts[0].Trainable,
            Paper = cell.Paper,
            IsOurs = true,
            Reason = parts.Any(part => part.Reason is not null) ? "needs the columns that it is the mean of" : null,
        };
    }

    private static IEnumerable<ExperimentComparison> Compare(Experiment experiment, Dictionary<PlannedScore, ScoreOutcome> outcomes)
    {
        foreach ((int column, string name) in experiment.Columns.Index())
        {
            foreach (ExperimentRow first in experiment.Rows.Where(row => row.IsReference && row.Cells[column].Measure == ScoreRecord.Accuracy))
            {
                foreach (ExperimentRow second in experiment.Rows.Where(row => row != first && row.Cells[column] is { Scores.Count: > 0, Measure: ScoreRecord.Accuracy }))
                {
                    foreach ((int seed, (PlannedScore a, PlannedScore b)) in first.Cells[column].Scores.Zip(second.Cells[column].Scores).Index())
                    {
                        if (outcomes[a].Record is { } one && outcomes[b].Record is { } other && Counts(one, other) is var (onlyOne, onlyOther))
                        {
                            yield return new ExperimentComparison(name, Named(first), Named(second), seed + 1, onlyOne, onlyOther);
                        }
                    }
                }
            }
        }

        static string Named(ExperimentRow row) => row.Detail.Length == 0 ? row.Label : $"{row.Label}, {row.Detail}";
    }

    /// <summary>Pictures on which one of two is right alone; null where they were asked of other pictures.</summary>
    private static (long OnlyFirst, long OnlySecond)? Counts(ScoreRecord first, ScoreRecord second)
    {
        (long a, long b) = (0, 0);
        if (first.Pictures.Count != second.Pictures.Count)
        {
            return null;
        }

        foreach ((ScoredPicture one, ScoredPicture other) in first.Pictures.Zip(second.Pictures))
        {
            if ((one.Path, one.Truth) != (other.Path, other.Truth))
            {
                return null;
            }

            a += one.IsRight && !other.IsRight ? 1 : 0;
            b += other.IsRight && !one.IsRight ? 1 : 0;
        }

        return (a, b);
    }

    private static double? Percent(ScoreRecord? record, string measure) =>
        record is not null && record.Measures.TryGetValue(measure, out double value) ? 100 * value : null;
}
