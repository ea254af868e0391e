namespace HkaFer.Cli;

/// <summary>RECIPE on the command line: a file, or the name of one that came with the program.</summary>
internal static class RecipeArgument
{
    private static readonly string s_box = Path.Combine(AppContext.BaseDirectory, "recipes");

    /// <summary>The names of those that came with the program.</summary>
    public static IReadOnlyList<string> Names => Directory.Exists(s_box)
        ? [.. Directory.EnumerateFiles(s_box, "*.yaml").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>The values of <c>--set</c>.</summary>
    /// <exception cref="UsageException">One of them is not KEY=VALUE.</exception>
    public static string[] Sets(string[]? given) => given?.FirstOrDefault(set => set.IndexOf('=', StringComparison.Ordinal) < 1) is { } wrong
        ? throw new UsageException($"--set takes KEY=VALUE, got '{wrong}'")
        : given ?? [];

    /// <summary>The recipe's file.</summary>
    /// <exception cref="HkaFerException">There is none.</exception>
    public static string Find(string name)
    {
        string boxed = Path.Combine(s_box, $"{name}.yaml");
        return File.Exists(name) ? name
            : name == Path.GetFileName(name) && File.Exists(boxed) ? boxed
            : Directory.Exists(name) ? throw new HkaFerException($"recipe '{name}' is a folder; name a YAML file in it")
            : Path.Exists(name) ? name
            : throw new HkaFerException(
                $"recipe '{name}': no such file; name a YAML file, or a recipe that came with the program; {Nearest.Hint(name, Names)}");
    }
}
