namespace HkaFer.Training;

/// <summary>Several runs side by side: their scores, the settings in which they differ, and a page that lays their curves over each other.</summary>
public sealed class RunComparison
{
    private readonly IReadOnlyList<RunRecord> _runs;

    private RunComparison(IReadOnlyList<RunRecord> runs, IReadOnlyList<string> folders)
    {
        _runs = runs;
        string[] names = [.. runs.Select(r => r.Name)];

        // Runs of one name are told apart by their paths.
        bool distinct = names.Distinct(StringComparer.Ordinal).Count() == names.Length;
        Runs = [.. runs.Select((run, i) => RunRow.Of(run, folders[i]) with { Name = distinct ? names[i] : folders[i] })];
        Dictionary<string, string>[] recipes = [.. runs.Select(r => Flat(r))];
        Differences =
        [
            .. recipes.SelectMany(r => r.Keys).Distinct(StringComparer.Ordinal)
                .Select(key => new SettingDifference(key, [.. recipes.Select(r => r.GetValueOrDefault(key))]))
                .Where(d => d.Values.Distinct(StringComparer.Ordinal).Count() > 1),
        ];
    }

    /// <summary>The runs, in the order in which they were given.</summary>
    public IReadOnlyList<RunRow> Runs { get; }

    /// <summary>The settings in which they differ, in the recipe's order.</summary>
    public IReadOnlyList<SettingDifference> Differences { get; }

    internal IReadOnlyList<RunRecord> Records => _runs;

    /// <summary>Reads runs.</summary>
    /// <param name="folders">At least one.</param>
    /// <exception cref="HkaFerException">One is no run, or a file of it is damaged.</exception>
    public static RunComparison Of(IReadOnlyList<string> folders)
    {
        ArgumentNullException.ThrowIfNull(folders);
        return folders.Count > 0
            ? new RunComparison([.. folders.Select(RunRecord.Read)], folders)
            : throw new HkaFerException("compare: no run is named; name at least two folders with run.json");
    }

    /// <summary>Writes the page.</summary>
    /// <param name="path">The file; a page that this program wrote is replaced, any other file is left alone.</param>
    /// <returns>Its full path.</returns>
    /// <exception cref="HkaFerException">It is another's, or cannot be written.</exception>
    public string WriteReport(string path)
    {
        Page.Write(path, CompareReport.Render(this));
        return Path.GetFullPath(path);
    }

    /// <summary>Keys of a recipe by their path.</summary>
    private static Dictionary<string, string> Flat(RunRecord run)
    {
        var flat = new Dictionary<string, string>(StringComparer.Ordinal);
        if (YamlReader.Read(run.Recipe, run.Folder.Recipe) is YamlMapping root)
        {
            Add(root, "");
        }

        return flat;

        void Add(YamlMapping mapping, string prefix)
        {
            foreach ((YamlScalar key, YamlNode value) in mapping.Entries)
            {
                if (value is YamlMapping below)
                {
                    Add(below, $"{prefix}{key.Text}.");
                }
                else
                {
                    flat[prefix + key.Text] = Text(value);
                }
            }
        }
    }

    private static string Text(YamlNode node) => node switch
    {
        YamlScalar scalar => scalar.Text,
        YamlSequence list => $"[{string.Join(", ", list.Items.Select(Text))}]",
        YamlMapping mapping => $"{{{string.Join(", ", mapping.Entries.Select(e => $"{e.Key.Text}: {Text(e.Value)}"))}}}",
        _ => "",
    };
}
