using System.Globalization;

namespace HkaFer.Data;

/// <summary>The files of a split: what they were when it was opened, so that one that changes under way is told and not learned.</summary>
internal sealed class SampleFiles(IReadOnlyList<Sample> samples)
{
    private readonly (long Length, long Written)[] _stamps = new (long, long)[samples.Count];

    /// <summary>Notes what a file is now.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public string? Note(int index) => FileCheck.Problem(samples[index].Path, out _stamps[index]);

    /// <summary>Decodes a picture that must be what was noted, if anything was.</summary>
    /// <exception cref="ImageException">It has changed, is gone or cannot be decoded.</exception>
    public Image Decode(int index)
    {
        string path = samples[index].Path;
        if (_stamps[index] != default && FileCheck.Problem(path, out var now) is null && now != _stamps[index])
        {
            throw ImageException.In(
                path,
                $"has changed since the data set was opened ({Text(_stamps[index])}; now {Text(now)}); restore it, or start anew on the data as they are now");
        }

        return Image.Decode(path);
    }

    private static string Text((long Length, long Written) stamp) => string.Create(
        CultureInfo.InvariantCulture, $"{stamp.Length:N0} bytes of {new DateTime(stamp.Written, DateTimeKind.Utc):yyyy-MM-dd HH:mm:ss.fff}");
}
