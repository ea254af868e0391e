namespace HkaFer.Data;

/// <summary>The names that people give to splits.</summary>
internal static class SplitName
{
    public const string Train = "train", Valid = "valid", Test = "test", All = "all";

    /// <summary>The program's name of a split, or null if the name is none.</summary>
    public static string? Normalise(string name) => name.Trim().ToLowerInvariant() switch
    {
        "train" or "training" => Train,
        "valid" or "val" or "validation" or "dev" => Valid,
        "test" or "testing" => Test,
        "all" => All,
        _ => null,
    };

    /// <summary>Sorts splits as they are used.</summary>
    public static int Order(string name) => name switch { Train => 0, Valid => 1, Test => 2, _ => 3 };

    /// <summary>The error for a split that is not there.</summary>
    public static HkaFerException Missing(DataSource source, string split, IReadOnlyList<string> present, string remedy) => new(
        $"{source.Kind}: no split '{split}' in '{(source.Path.Length > 0 ? source.Path : source)}'; there is {string.Join(", ", present)}. {remedy}");
}
