using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>
/// What a split was when a run began. Eight bytes a picture, of the SHA-256 of its file name, label (soft ones too) and length, and of its content: of all
/// pictures where they have at most <see cref="ContentLimit"/> together, else of every n-th so that about as much is read.
/// </summary>
internal sealed class SplitFingerprint
{
    /// <summary>1 GiB: a second or two of reading. FERPlus and RAF-DB are below it, AffectNet is above.</summary>
    internal const long ContentLimit = 1L << 30;

    private const int DigestBytes = 8;
    private readonly ImageDataset _data;
    private readonly byte[] _digests;

    private SplitFingerprint(ImageDataset data, byte[] digests, long bytes, long every)
    {
        (_data, _digests, Bytes, Every) = (data, digests, bytes, every);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\n', data.Classes) + "\n\n"));
        hash.AppendData(digests);
        Hash = Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>SHA-256 of the class names and all digests.</summary>
    internal string Hash { get; }

    /// <summary>Size of all files.</summary>
    internal long Bytes { get; }

    /// <summary>1 where the content of all pictures was read, n where that of every n-th was.</summary>
    internal long Every { get; }

    /// <summary>Reads a split.</summary>
    /// <exception cref="HkaFerException">A file cannot be read; the message names it.</exception>
    internal static SplitFingerprint Of(ImageDataset data, long contentLimit = ContentLimit)
    {
        var lengths = new long[data.Count];
        for (int i = 0; i < lengths.Length; i++)
        {
            lengths[i] = data.SourceBytes(i);
        }

        long bytes = lengths.Sum(), every = Math.Max(1, (bytes + contentLimit - 1) / contentLimit);
        var digests = new byte[checked(DigestBytes * data.Count)];
        for (int i = 0; i < lengths.Length; i++)
        {
            Digest(data, i, lengths[i], i % every == 0).AsSpan(0, DigestBytes).CopyTo(digests.AsSpan(DigestBytes * i));
        }

        return new SplitFingerprint(data, digests, bytes, every);
    }

    /// <summary>What differs from the split that a file of digests was written for, or null.</summary>
    internal string? DifferenceFrom(string path, string count)
    {
        if (count != $"{_data.Count}")
        {
            return $"it had {count} pictures, now {_data.Count}";
        }

        byte[] before = File.Exists(path) ? File.ReadAllBytes(path) : [];
        if (before.Length != _digests.Length)
        {
            return "its pictures or labels are others";
        }

        int[] changed = [.. Enumerable.Range(0, _data.Count).Where(i =>
            !before.AsSpan(DigestBytes * i, DigestBytes).SequenceEqual(_digests.AsSpan(DigestBytes * i, DigestBytes)))];
        return changed.Length == 0
            ? "its classes have other names"
            : $"{changed.Length} of {count} pictures have another name, label or content, the first is '{_data[changed[0]].Path}' ({_data.Classes[_data[changed[0]].Label]})";
    }

    internal void Save(string path) => AtomicFile.Write(path, stream => stream.Write(_digests));

    internal JsonObject ToJson() => new()
    {
        ["kind"] = _data.Kind,
        ["split"] = _data.Split,
        ["pictures"] = _data.Count,
        ["bytes"] = Bytes,
        ["content_read"] = Every == 1 ? "all" : $"every {Every}th",
        ["sha256"] = Hash,
    };

    private static byte[] Digest(ImageDataset data, int index, long length, bool withContent)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        // Not the folders on the way: a data set may move.
        hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(data[index].Path)));
        Span<byte> numbers = stackalloc byte[13];
        BinaryPrimitives.WriteInt32LittleEndian(numbers[1..], data[index].Label);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[5..], length);
        hash.AppendData(numbers);
        if (data.SoftLabel(index) is { } shares)
        {
            hash.AppendData(MemoryMarshal.AsBytes<float>([.. shares]));
        }

        if (withContent)
        {
            hash.AppendData(data.Source(index));
        }

        return hash.GetHashAndReset();
    }
}
