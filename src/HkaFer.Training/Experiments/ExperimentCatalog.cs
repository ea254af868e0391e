namespace HkaFer.Training;

/// <summary>The experiments that there are. A new one is a line in <see cref="All"/>.</summary>
public static class ExperimentCatalog
{
    /// <summary>All of them, in the papers' order.</summary>
    public static IReadOnlyList<ExperimentDefinition> All { get; } = [.. HkaFerTables.All, .. HkaFerFigures.All, HkaFerAblation.Definition, .. CerTable.All];

    /// <summary>Plans an experiment.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="settings">What it is given.</param>
    /// <exception cref="HkaFerException">
    /// There is none of that name; data or a backbone that was given cannot be found; or nothing of it can be run: the message says what is missing.
    /// </exception>
    public static Experiment Plan(string name, ExperimentSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ExperimentDefinition found = All.FirstOrDefault(e => e.Name == name)
            ?? throw new HkaFerException($"experiment '{Nearest.Cut(name)}': there is none of this name; {Nearest.Hint(name, All.Select(e => e.Name))}");
        Experiment experiment = found.Plan(settings);
        if (experiment.Scores.Count == 0)
        {
            IEnumerable<string> reasons = experiment.Rows.SelectMany(row => row.Cells).Select(cell => cell.Reason).OfType<string>().Distinct(StringComparer.Ordinal);
            throw new HkaFerException($"{name}: nothing of it can be run: {string.Join("; ", reasons)}");
        }

        return experiment;
    }
}
