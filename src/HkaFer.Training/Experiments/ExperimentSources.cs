namespace HkaFer.Training;

/// <summary>The data sets that an experiment was given, one of a kind, and which of them it has a use for.</summary>
internal sealed class ExperimentSources
{
    private readonly Dictionary<string, ExperimentData> _data = new(StringComparer.Ordinal);
    private readonly HashSet<ExperimentData> _used = [];

    /// <exception cref="HkaFerException">One cannot be found, or two of a kind were given.</exception>
    internal ExperimentSources(IEnumerable<string> texts)
    {
        foreach (string text in texts)
        {
            var data = new ExperimentData(text);
            if (!_data.TryAdd(data.Source.Kind, data))
            {
                throw new HkaFerException($"--data: {data.Source.Kind} is given twice ('{_data[data.Source.Kind].Source}' and '{data.Source}'); a table has one of a kind");
            }
        }
    }

    /// <summary>What was given and nothing asked for.</summary>
    internal IReadOnlyList<string> Unused => [.. _data.Values.Where(data => !_used.Contains(data)).Select(data => $"--data {data.Source}")];

    /// <summary>What a reader should know of those in use.</summary>
    internal IEnumerable<string> Notes => _used.SelectMany(data => data.Notes);

    /// <summary>A data set by its kind, or null where it was not given.</summary>
    internal ExperimentData? Find(string kind)
    {
        if (_data.GetValueOrDefault(kind) is not { } data)
        {
            return null;
        }

        _used.Add(data);
        return data;
    }

    /// <summary>A data set's name in tables, whether it was given or not.</summary>
    internal string Title(string kind) => Find(kind)?.Title ?? ExperimentData.TitleOf(kind)!;

    /// <summary>The data sets of other kinds than these.</summary>
    internal IReadOnlyList<ExperimentData> Others(params IReadOnlyList<string> kinds)
    {
        ExperimentData[] others = [.. _data.Where(d => !kinds.Contains(d.Key)).Select(d => d.Value)];
        _used.UnionWith(others);
        return others;
    }

    /// <summary>Why a cell has no number whose data was not given.</summary>
    internal static string NotGiven(string kind) => $"{ExperimentData.TitleOf(kind)} was not given: --data {kind}:DIR";
}
