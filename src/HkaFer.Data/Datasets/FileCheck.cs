namespace HkaFer.Data;

/// <summary>Whether files can be read, without reading them, and whether they are still what they were.</summary>
internal static class FileCheck
{
    /// <summary>Notes what the pictures are now, so that one that changes under way is told and not learned.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="problem">Makes the error of a file that cannot be read, from its place and what is wrong.</param>
    public static FileStamp[] Stamps(IReadOnlyList<Sample> paths, Func<int, string, HkaFerException> problem)
    {
        var stamps = new FileStamp[paths.Count];
        for (int i = 0; i < stamps.Length; i++)
        {
            if (Look(paths[i].Path, out stamps[i]) is { } wrong) throw problem(i, wrong);
        }

        return stamps;
    }

    /// <summary>Decodes a picture that must be what it was.</summary>
    /// <exception cref="ImageException">It has changed, is gone or cannot be decoded.</exception>
    public static Image Decode(string path, FileStamp? before)
    {
        if (before is { } stamp && Look(path, out var now) is null && now != stamp)
        {
            throw ImageException.In(
                path, $"has changed since the data set was opened ({stamp}, now {now}); restore it, or start the run anew on the data as they are now");
        }

        return Image.Decode(path);
    }

    /// <summary>
    /// Whether a file is there that holds nothing: an empty one, or a pipe or a device, which have no length either. Those must not even be opened:
    /// a pipe that nobody writes to would wait for ever.
    /// </summary>
    internal static bool HoldsNothing(string path)
    {
        var file = new FileInfo(path);
        return (file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true)) is FileInfo { Exists: true, Length: 0 };
    }

    /// <summary>Opens a file and closes it again: the only question that also answers for links to nothing and for missing rights.</summary>
    private static string? Look(string path, out FileStamp stamp)
    {
        stamp = default;
        try
        {
            if (HoldsNothing(path)) return "empty";
            using var handle = File.OpenHandle(path);
            stamp = new FileStamp(RandomAccess.GetLength(handle), File.GetLastWriteTimeUtc(handle).Ticks);
            return null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return "missing";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"unreadable ({e.Message})";
        }
    }
}
