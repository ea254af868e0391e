using System.Buffers.Binary;
using System.Text;
using HkaFer.Testing;

namespace HkaFer.Data.Tests;

/// <summary>Whatever the bytes are, the answer is a picture or an error that names the file.</summary>
public class HostileImageTests
{
    /// <summary>Every stored picture of the decoding cases: the seeds of the damage.</summary>
    public static TheoryData<string> Decodes() => Fixtures.Of("decode");

    [Theory]
    [InlineData("", "an empty file")]
    [InlineData("<!DOCTYPE html><html>404</html>", "HTML")]
    [InlineData("  \n<?xml version='1.0'?>", "HTML or XML")]
    [InlineData("Not found", "text")]
    [InlineData("GIF89a1234", "GIF")]
    [InlineData("BM123456", "BMP")]
    public void Other_content_named_jpg_is_named_for_what_it_is(string content, string expected)
    {
        using var scratch = new Scratch();
        string path = scratch.Write("face.jpg", content);
        var error = Assert.Throws<ImageException>(() => Image.Decode(path));
        Assert.Contains(path, error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void Missing_file_and_folder_are_named()
    {
        using var scratch = new Scratch();
        Assert.Contains(scratch.Folder, Assert.Throws<ImageException>(() => Image.Decode(scratch.Folder)).Message);
        Assert.Contains("absent.png", Assert.Throws<ImageException>(() => Image.Decode(scratch["absent.png"])).Message);
    }

    [Fact]
    public void Absurd_size_is_refused_before_anything_is_allocated()
    {
        foreach (byte[] file in new[] { PngOf(40_000, 40_000), PngOf(int.MaxValue, int.MaxValue), JpegOf(40_000, 40_000), WebPOf(16_384, 16_384) })
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            var error = Assert.Throws<ImageException>(() => Image.Decode(file, "huge"));
            Assert.Contains("huge", error.Message);
            Assert.Contains("limit", error.Message);
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100_000);
        }
    }

    [Fact]
    public void Limits_are_the_callers()
    {
        byte[] file = Pictures.Ramp(5, 4).EncodePng();
        Assert.Equal(5, Image.Decode(file, "x", new ImageLimits { MaxPixels = 20 }).Width);
        Assert.Throws<ImageException>(() => Image.Decode(file, "x", new ImageLimits { MaxPixels = 19 }));
        using var scratch = new Scratch();
        Assert.Throws<ImageException>(() => Image.Decode(scratch.Write("x.png", file), new ImageLimits { MaxFileBytes = file.Length - 1 }));
    }

    [Fact]
    public void Truncated_png_is_an_error_at_every_length()
    {
        byte[] file = Pictures.Noise(9, 7, seed: 1).EncodePng();
        for (int length = 0; length < file.Length; length++)
        {
            Assert.Throws<ImageException>(() => Image.Decode(file.AsSpan(0, length), "cut.png"));
        }
    }

    [Theory]
    [MemberData(nameof(Decodes))]
    [Trait("Category", "Fixtures")]
    public void Truncated_file_is_an_error_at_every_length(string row)
    {
        foreach (var (name, file) in Seeds(row))
        {
            // Trailing bytes that no decoder needs may be cut: the end marker's last byte, a padding byte.
            for (int length = 0; length < file.Length - 2; length += 1 + length / 64)
            {
                var error = Record.Exception(() => Image.Decode(file.AsSpan(0, length), name));
                Assert.True(error is ImageException, $"{name} cut to {length} of {file.Length} bytes gave {error?.ToString() ?? "a picture"}");
                Assert.Contains(name, error!.Message);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Decodes))]
    [Trait("Category", "Fixtures")]
    public void Damaged_bytes_give_a_picture_or_a_named_error(string row)
    {
        var limits = new ImageLimits { MaxPixels = 1_000_000 };
        var rng = new PictureRng(7);
        foreach (var (name, file) in Seeds(row))
        {
            for (int round = 0; round < 60; round++)
            {
                byte[] damaged = [.. file];
                for (int i = rng.NextInt(4); i >= 0; i--)
                {
                    // Most of the structure stands in the first bytes.
                    int at = rng.NextInt(rng.NextInt(2) == 0 ? Math.Min(64, file.Length) : file.Length);
                    damaged[at] = (byte)rng.NextInt(256);
                }

                var error = Record.Exception(() => Image.Decode(damaged, name, limits));
                Assert.True(error is null or ImageException, $"{name}, round {round}: {error}");
            }
        }
    }

    [Fact]
    public void Chunk_length_beyond_the_file_is_an_error()
    {
        byte[] file = Pictures.Ramp(5, 4).EncodePng();
        foreach (uint length in new[] { 14u, 0x7FFF_FFFFu, 0xFFFF_FFF4u, uint.MaxValue })
        {
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(8), length);
            Assert.Throws<ImageException>(() => Image.Decode(file, "x"));
        }
    }

    [Fact]
    public void Missing_codec_names_its_package()
    {
        var error = Assert.Throws<ImageException>(() => NativeCodec.Load(new CodecLibrary(ImageFormat.Png, "libnothing9", "libnothing-at-all.so.9")));
        Assert.Contains("libnothing9", error.Message);
    }

    static IEnumerable<(string Name, byte[] File)> Seeds(string row)
    {
        var dump = Fixtures.Open(row);
        return dump.Config.GetProperty("files").EnumerateObject().Select(x => (x.Name, File.ReadAllBytes(Path.Combine(dump.Folder, x.Name))));
    }

    static byte[] PngOf(int width, int height)
    {
        byte[] file = Pictures.Ramp(2, 2).EncodePng();
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(20), height);
        return file;
    }

    static byte[] JpegOf(ushort width, ushort height)
    {
        byte[] frame = [0xFF, 0xD8, 0xFF, 0xC0, 0, 17, 8, 0, 0, 0, 0, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(7), height);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(9), width);
        return [.. frame, 0xFF, 0xD9];
    }

    static byte[] WebPOf(int width, int height)
    {
        byte[] file = [.. Encoding.ASCII.GetBytes("RIFF"), 22, 0, 0, 0, .. Encoding.ASCII.GetBytes("WEBPVP8X"), 10, 0, 0, 0, .. new byte[10]];
        (file[24], file[25], file[27], file[28]) = ((byte)(width - 1), (byte)((width - 1) >> 8), (byte)(height - 1), (byte)((height - 1) >> 8));
        return file;
    }
}
