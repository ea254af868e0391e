namespace HkaFer.Data;

/// <summary>The files of a split: what they were when it was opened, so that one that changes under way is told and not learned.</summary>
internal sealed class SampleFiles(IReadOnlyList<string> files)
{
    private readonly FileStamp[] _stamps = new FileStamp[files.Count];

    /// <summary>The path of a file.</summary>
    public string this[int index] => files[index];

    /// <summary>Notes what a file is now.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public string? Note(int index)
    {
        string path = files[index];
        string? problem = FileCheck.Problem(path);
        if (problem is null) _stamps[index] = FileStamp.Of(path) ?? default;
        return problem;
    }

    /// <summary>Decodes a picture that must be what was noted, if anything was.</summary>
    /// <exception cref="ImageException">It has changed, is gone or cannot be decoded.</exception>
    public Image Decode(int index)
    {
        string path = files[index];
        if (_stamps[index] != default && FileStamp.Of(path) is { } now && now != _stamps[index])
        {
            throw ImageException.In(
                path, $"has changed since the data set was opened ({_stamps[index]}; now {now}); restore it, or start anew on the data as they are now");
        }

        return Image.Decode(path);
    }
}
