namespace HkaFer.Training;

/// <summary>Tells where a recipe differs from the one that a run began with.</summary>
internal static class RecipeDifference
{
    /// <summary>Refuses a resume with another recipe.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="recipe">The recipe as YAML.</param>
    /// <exception cref="HkaFerException">The recipe differs (the message names the key and both values), or the run's own is missing.</exception>
    internal static void Refuse(RunFolder folder, string recipe)
    {
        if (!File.Exists(folder.Recipe))
        {
            throw new HkaFerException($"{folder.Recipe}: is missing, so the run cannot be resumed; start another");
        }

        string[] before = File.ReadAllText(folder.Recipe).Split('\n'), now = recipe.Split('\n');
        for (int i = 0; i < Math.Max(before.Length, now.Length); i++)
        {
            if (At(before, i) != At(now, i))
            {
                throw new HkaFerException(
                    $"{folder.Path}: the recipe has changed since the run began{Section(now, i)}; it says '{At(before, i).Trim()}', now '{At(now, i).Trim()}'; resume with the same recipe, or start another run");
            }
        }
    }

    private static string At(string[] lines, int i) => i < lines.Length ? lines[i].TrimEnd() : "";

    private static string Section(string[] lines, int i)
    {
        string? key = lines.Take(i).LastOrDefault(line => line.Length > 0 && line[0] != ' ');
        return At(lines, i).StartsWith(' ') && key is not null ? $" in {key.TrimEnd(' ', ':')}" : "";
    }
}
