using System.IO.Enumeration;
using HkaFer.Data;

namespace HkaFer.Cli;

/// <summary>
/// The pictures that files, folders and patterns name, one after another in the order given. Held are the names of one folder at each depth, and of what a
/// pattern has matched, which is named once; never a picture.
/// </summary>
internal static class Inputs
{
    private static readonly HashSet<string> s_pictures = new(Image.Endings, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Expands inputs. What a shell left unexpanded (<c>*</c>, <c>?</c>, <c>**</c>) is expanded here, as Windows' shells never do it.
    /// </summary>
    /// <param name="inputs">Files, folders and patterns.</param>
    /// <param name="leftOut">Counts the files in folders that are no pictures by their names.</param>
    /// <returns>Paths of pictures, or of inputs that are none, with what is wrong with them.</returns>
    public static IEnumerable<(string Path, string? Problem)> Expand(IEnumerable<string> inputs, LeftOutFiles leftOut) => inputs.SelectMany(input => Expand(input, leftOut));

    private static IEnumerable<(string Path, string? Problem)> Expand(string input, LeftOutFiles leftOut)
    {
        if (Directory.Exists(input))
        {
            return OrProblem(Pictures(input, leftOut), input, $"the folder holds no picture ({LeftOutFiles.Taken})");
        }

        // A file may be called a*b.
        return File.Exists(input) || !IsPattern(input)
            ? [(input, null)]
            : OrProblem(Matches(input).SelectMany(found => Expand(found, leftOut)), input, "nothing matches");
    }

    private static IEnumerable<(string, string?)> OrProblem(IEnumerable<(string, string?)> found, string input, string problem)
    {
        bool any = false;
        foreach ((string, string?) item in found)
        {
            any = true;
            yield return item;
        }

        if (!any)
        {
            yield return (input, $"{input}: {problem}");
        }
    }

    /// <summary>The pictures in a folder and below, by name; what is hidden is left out.</summary>
    private static IEnumerable<(string Path, string? Problem)> Pictures(string folder, LeftOutFiles leftOut)
    {
        if (Entries(folder, out string? problem) is not { } entries)
        {
            yield return (folder, problem);
            yield break;
        }

        foreach (FileSystemInfo entry in entries)
        {
            string path = Path.Combine(folder, entry.Name);
            if (entry is FileInfo)
            {
                if (s_pictures.Contains(entry.Extension))
                {
                    yield return (path, null);
                }
                else
                {
                    leftOut.Add(path);
                }
            }
            else if (entry.LinkTarget is null)
            {
                // A link to a folder may lead back to where we came from.
                foreach ((string, string?) below in Pictures(path, leftOut))
                {
                    yield return below;
                }
            }
        }
    }

    private static bool IsPattern(string path) => path.AsSpan().IndexOfAny('*', '?') >= 0;

    private static IEnumerable<string> Matches(string pattern)
    {
        string root = Path.GetPathRoot(pattern) ?? "";
        string[] parts = pattern[root.Length..].Split(
            [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar],
            StringSplitOptions.RemoveEmptyEntries);
        return Walk(root, parts).Distinct(StringComparer.Ordinal);
    }

    private static IEnumerable<string> Walk(string at, ArraySegment<string> parts)
    {
        if (parts.Count == 0)
        {
            return [at];
        }

        string part = parts[0];
        ArraySegment<string> rest = parts[1..];
        if (!IsPattern(part))
        {
            string path = Path.Combine(at, part);
            return Path.Exists(path) ? Walk(path, rest) : [];
        }

        IEnumerable<FileSystemInfo> entries = Entries(at.Length == 0 ? "." : at, out _) ?? [];
        if (part == "**")
        {
            // Any depth, none included.
            IEnumerable<string> below = entries.Where(e => e is DirectoryInfo && e.LinkTarget is null)
                .SelectMany(e => Walk(Path.Combine(at, e.Name), parts));
            return rest.Count == 0
                ? entries.Where(e => e is FileInfo).Select(e => Path.Combine(at, e.Name)).Concat(below)
                : Walk(at, rest).Concat(below);
        }

        return entries.Where(e => FileSystemName.MatchesSimpleExpression(part, e.Name, ignoreCase: OperatingSystem.IsWindows()))
            .SelectMany(e => Walk(Path.Combine(at, e.Name), rest));
    }

    private static List<FileSystemInfo>? Entries(string folder, out string? problem)
    {
        try
        {
            problem = null;
            var entries = new DirectoryInfo(folder).EnumerateFileSystemInfos().Where(e => !e.Name.StartsWith('.')).ToList();
            entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
            return entries;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = $"{folder}: cannot be read ({e.Message})";
            return null;
        }
    }
}
