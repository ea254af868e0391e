using System.Text;

namespace HkaFer.Data;

/// <summary>
/// A list of pictures to leave out, which recipes name (<c>data.exclude</c>). Text in UTF-8: one path a line, relative to the list's folder or
/// absolute; lines that begin with <c>#</c> say why; blank lines say nothing.
/// </summary>
public static class ExcludeList
{
    /// <summary>First line of a list that was written here; only such a file is ever replaced.</summary>
    private const string Mark = "# hkafer exclude list";

    /// <summary>Far more than a list of a million long paths.</summary>
    private const long MaxBytes = 256L << 20;

    /// <summary>Reads a list.</summary>
    /// <returns>Full paths.</returns>
    /// <exception cref="HkaFerException">It is missing, too large or no text.</exception>
    public static IReadOnlySet<string> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Parse(ReadText(path), path);
    }

    /// <summary>Checks that a list may be written to a path, before the hour of work that goes into it.</summary>
    /// <exception cref="HkaFerException">There is a file that was not written here, or a folder.</exception>
    public static void CheckTarget(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) throw new HkaFerException($"exclude list: '{path}' is a folder; name a file in it");
        if (!File.Exists(path)) return;
        if (!StartsWithMark(path))
        {
            throw new HkaFerException($"exclude list: '{path}' exists and was not written by this program; it stays as it is: choose another name");
        }
    }

    /// <summary>
    /// Writes what a report finds unfit: pictures that cannot be read; copies in the training split of pictures of other splits, which stay; and
    /// copies within one split whose labels differ, all of them.
    /// </summary>
    /// <param name="path">The list; a list that was written here is replaced, any other file is left alone.</param>
    /// <param name="report">What was found.</param>
    /// <param name="source">What was verified, for the head of the list.</param>
    /// <returns>How many pictures it names.</returns>
    /// <exception cref="HkaFerException">The file is another's, cannot be written, or a path cannot be put into a line.</exception>
    public static int Write(string path, DatasetReport report, string source)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(source);
        CheckTarget(path);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var text = new StringBuilder($"{Mark}\n# {Comment(source)}: one path a line, relative to the folder of this file or absolute; the data are not touched\n");
        var all = Unfit(report);
        foreach (var (picture, reason) in all) text.Append($"# {Comment(reason)}\n{Line(picture, folder)}\n");
        AtomicFile.WriteText(path, text.ToString());
        return all.Count;
    }

    /// <summary>Full paths of a list's text.</summary>
    internal static IReadOnlySet<string> Parse(string text, string path) => Lines(text, path).Select(line => line.Path).ToHashSet(StringComparer.Ordinal);

    /// <summary>The lines that name pictures: number, text, and the full path that it means.</summary>
    internal static IEnumerable<(int Number, string Text, string Path)> Lines(string text, string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        foreach (var (index, raw) in text.Split('\n').Index())
        {
            string line = raw.TrimEnd('\r');
            if (index == 0) line = line.TrimStart('\uFEFF');
            if (string.IsNullOrWhiteSpace(line) || line[0] == '#') continue;
            if (line.Contains('\0')) throw new HkaFerException($"exclude list: '{path}' line {index + 1}: holds a character that no path has; expected one path a line");
            yield return (index + 1, line, Path.GetFullPath(line, folder));
        }
    }

    private static List<(string Path, string Reason)> Unfit(DatasetReport report)
    {
        var reasons = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var problem in report.Problems.Where(p => p.Split is not null)) reasons.TryAdd(problem.Path, $"cannot be read: {problem.Problem}");
        foreach (var group in report.Exact)
        {
            if (group.Pictures.Cast<LabelledPicture?>().FirstOrDefault(p => p!.Value.Split != SplitName.Train) is { } elsewhere && group.AcrossSplits)
            {
                foreach (var copy in group.Pictures.Where(p => p.Split == SplitName.Train))
                {
                    reasons.TryAdd(copy.Path, $"same picture as {elsewhere.Path} of the split {elsewhere.Split}");
                }
            }

            foreach (var split in group.Pictures.GroupBy(p => p.Split))
            {
                if (split.DistinctBy(p => p.Label).Count() < 2) continue;
                string labels = string.Join(", ", split.Select(p => p.Label).Distinct());
                foreach (var copy in split) reasons.TryAdd(copy.Path, $"labelled {copy.Label}, and the same picture is there as {labels}");
            }
        }

        return [.. reasons.Select(r => (r.Key, r.Value))];
    }

    private static string Line(string picture, string folder)
    {
        if (picture.AsSpan().ContainsAny('\n', '\r'))
        {
            throw new HkaFerException($"exclude list: the path '{Comment(picture)}' holds a line break and cannot stand in a line; rename the file");
        }

        // A picture without a file of its own is listed by the name that the data set has for it.
        if (Path.GetFileName(picture) == picture && !File.Exists(picture)) return picture;
        string full = Path.GetFullPath(picture), relative = Path.GetRelativePath(folder, full);
        // Up and over to a far folder says less than the whole path, and breaks as soon as the list is moved.
        if (Path.IsPathRooted(relative) || relative == ".." || relative.StartsWith($"..{Path.DirectorySeparatorChar}", StringComparison.Ordinal)) return full;
        relative = relative.Replace(Path.DirectorySeparatorChar, '/');
        return relative[0] == '#' || string.IsNullOrWhiteSpace(relative) || relative[0] == '\uFEFF' ? $"./{relative}" : relative;
    }

    // Messages quote what stands in files.
    private static string Comment(string text) => text.ReplaceLineEndings(" ");

    private static bool StartsWithMark(string path)
    {
        try
        {
            using Stream file = InputFile.OpenRead(path);
            Span<byte> head = stackalloc byte[Mark.Length];
            return file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head.SequenceEqual(Encoding.ASCII.GetBytes(Mark));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HkaFerException($"exclude list: '{path}' cannot be read ({e.Message}); choose another name", e);
        }
    }

    internal static string ReadText(string path)
    {
        try
        {
            using Stream file = InputFile.OpenRead(path);
            if (file.Length > MaxBytes) throw new HkaFerException($"exclude list: '{path}' has {file.Length:N0} bytes; a list has at most {MaxBytes:N0}");
            using var reader = new StreamReader(file, new UTF8Encoding(false, throwOnInvalidBytes: true));
            return reader.ReadToEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HkaFerException($"exclude list: '{path}' cannot be read ({e.Message}); make one with: hkafer data verify KIND PATH --fix FILE", e);
        }
        catch (DecoderFallbackException e)
        {
            throw new HkaFerException($"exclude list: '{path}' is no UTF-8 text; expected one path a line", e);
        }
    }
}
