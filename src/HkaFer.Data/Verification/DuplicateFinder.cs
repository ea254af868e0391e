using System.Buffers.Binary;
using System.Security.Cryptography;

namespace HkaFer.Data;

/// <summary>Hashes of pictures, and which of them are equal or near. Pictures of all splits are numbered through.</summary>
internal sealed class DuplicateFinder
{
    private readonly IReadOnlyList<ImageDataset> _datasets;
    private readonly int[] _starts;
    private readonly UInt128[] _contents;
    private readonly ulong[] _looks;

    public DuplicateFinder(IReadOnlyList<ImageDataset> datasets)
    {
        _datasets = datasets;
        _starts = new int[datasets.Count + 1];
        for (int i = 0; i < datasets.Count; i++) _starts[i + 1] = checked(_starts[i] + datasets[i].Count);
        (_contents, _looks) = (new UInt128[_starts[^1]], new ulong[_starts[^1]]);
    }

    /// <summary>Notes a picture; from any thread. What is never added could not be read, and is no duplicate.</summary>
    public void Add(ImageDataset dataset, int index, Image image)
    {
        int at = _starts[_datasets.Index().First(d => ReferenceEquals(d.Item, dataset)).Index] + index;
        (_contents[at], _looks[at]) = (Content(image), PerceptualHash.Of(image));
    }

    /// <summary>Groups with the same pixels.</summary>
    public IReadOnlyList<DuplicateGroup> Exact() => [.. Same().Where(g => g.Length > 1).Select(Group)];

    /// <summary>Groups that look alike, exact copies of their members included; groups of exact copies alone are left out.</summary>
    public IReadOnlyList<DuplicateGroup> Near(int distance, CancellationToken cancel)
    {
        // Equal pictures have equal hashes and equal hashes count once: a data set of one picture a million times is no work.
        int[][][] byLook = [.. Same().GroupBy(g => _looks[g[0]]).Select(g => g.ToArray())];
        ulong[] looks = [.. byLook.Select(g => _looks[g[0][0]])];
        int[] parents = [.. Enumerable.Range(0, looks.Length)];
        foreach (var (first, second) in NearHashes.Pairs(looks, distance, cancel)) parents[Root(parents, second)] = Root(parents, first);
        return
        [
            .. byLook.Index().GroupBy(g => Root(parents, g.Index), g => g.Item).Where(g => g.Sum(same => same.Length) > 1)
                .Select(g => g.SelectMany(same => same.SelectMany(copies => copies)).Order().ToArray()).OrderBy(g => g[0]).Select(Group),
        ];
    }

    /// <summary>Every readable picture with its copies, in the order of the data set.</summary>
    private IEnumerable<int[]> Same() => Enumerable.Range(0, _contents.Length).Where(i => _contents[i] != 0)
        .GroupBy(i => _contents[i]).Select(g => g.ToArray()).OrderBy(g => g[0]);

    private DuplicateGroup Group(int[] members) => new([.. members.Select(Picture)]);

    private LabelledPicture Picture(int at)
    {
        int d = Array.FindLastIndex(_starts, start => start <= at);
        while (_datasets[d].Count == 0) d--;
        var (path, label) = _datasets[d][at - _starts[d]];
        return new LabelledPicture(path, _datasets[d].Split, _datasets[d].Classes[label]);
    }

    private static int Root(int[] parents, int i)
    {
        while (parents[i] != i) i = parents[i] = parents[parents[i]];
        return i;
    }

    /// <summary>The first half of SHA-256 over size and pixels; never zero, which stands for a picture that was not read.</summary>
    private static UInt128 Content(Image image)
    {
        Span<byte> size = stackalloc byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(size, image.Width);
        BinaryPrimitives.WriteInt32LittleEndian(size[4..], image.Height);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(size);
        hash.AppendData(image.Pixels);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return UInt128.Max(1, BinaryPrimitives.ReadUInt128LittleEndian(digest));
    }
}
