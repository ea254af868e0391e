using System.Buffers.Binary;
using System.IO.Compression;
using HkaFer.Testing;

namespace HkaFer.Data.Tests.Fuzzing;

/// <summary>Damaged pictures. The seeds are the small pictures of <c>tests/fixtures/decode</c>.</summary>
[Trait("Category", Fuzz.Category)]
public class ImageFuzzTests
{
    private static readonly ImageLimits s_limits = new() { MaxPixels = 250_000 };

    /// <summary>Seven bytes for each pixel that is allowed, for an error its text.</summary>
    private static readonly long s_limit = (7 * s_limits.MaxPixels) + (64 << 10);

    [Theory]
    [InlineData("*.png")]
    [InlineData("*.jpg")]
    [InlineData("*.webp")]
    public void Damaged_picture_gives_a_picture_or_a_named_error(string pattern) =>
        Fuzz.Run(s_limit, Seeds(pattern), Mutator.Bytes, file => Image.Decode(file, "x", s_limits));

    [Fact]
    public void Png_damaged_behind_its_checksums_gives_a_picture_or_a_named_error() =>
        Fuzz.Run(s_limit, Seeds("*.png"), DamagedInside, file => Image.Decode(file, "x", s_limits));

    [Fact]
    public void Damaged_exif_gives_an_orientation() => Fuzz.Run(
        4 << 10,
        [
            // Little and big endian, with and without JPEG's prefix, the tag first and behind another.
            Convert.FromHexString("49492A00080000000100120103000100000006000000"),
            Convert.FromHexString("45786966000049492A00080000000100120103000100000006000000"),
            Convert.FromHexString("4D4D002A00000008000200FE000400000001000000000112000300000001000300000000"),
        ],
        Mutator.Bytes, block => Assert.InRange(Exif.Orientation(block), 1, 8), refused: 0);

    private static IEnumerable<byte[]> Seeds(string pattern) =>
        Directory.GetFiles(Path.Combine(Fixtures.Root, "tests", "fixtures", "decode"), pattern).Order(StringComparer.Ordinal).Select(File.ReadAllBytes);

    /// <summary>Damages what a chunk holds, the rows of pixels before their compression, and writes length and checksum to fit.</summary>
    private static byte[] DamagedInside(byte[] file, Rng rng)
    {
        var chunks = new List<(byte[] Type, byte[] Data)>();
        for (int at = 8; at < file.Length; at += chunks[^1].Data.Length + 12)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            chunks.Add((file[(at + 4)..(at + 8)], file[(at + 8)..(at + 8 + length)]));
        }

        using var damaged = new MemoryStream();
        damaged.Write(file.AsSpan(0, 8));
        int chosen = rng.Below(chunks.Count - 1);
        foreach (var (index, (type, data)) in chunks.Index())
        {
            byte[] content = index != chosen ? data : type.AsSpan().SequenceEqual("IDAT"u8) ? Deflated(Mutator.Bytes(Inflated(data), rng)) : Mutator.Bytes(data, rng);
            PngWriter.Chunk(damaged, type, content);
        }

        return damaged.ToArray();
    }

    private static byte[] Inflated(byte[] data)
    {
        using var inflated = new MemoryStream();
        using var stream = new ZLibStream(new MemoryStream(data), CompressionMode.Decompress);
        stream.CopyTo(inflated);
        return inflated.ToArray();
    }

    private static byte[] Deflated(byte[] data)
    {
        using var deflated = new MemoryStream();
        using (var stream = new ZLibStream(deflated, CompressionLevel.Fastest, leaveOpen: true))
        {
            stream.Write(data);
        }

        return deflated.ToArray();
    }
}
