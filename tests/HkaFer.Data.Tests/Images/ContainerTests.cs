using System.Buffers.Binary;
using System.Text;
using HkaFer.Testing;

namespace HkaFer.Data.Tests;

/// <summary>What stands beside the pixels in a file: colour spaces, orientation, unknown parts.</summary>
public class ContainerTests
{
    // Upright is orientation 6: turned clockwise.
    static readonly byte[] Turned = Convert.FromHexString("49492A000800000001001201030001000000060000000000000000");

    static readonly Image Picture = Pictures.Noise(6, 4, seed: 8);

    [Fact]
    public void Png_colour_space_is_left_out()
    {
        // A gamma of 1 (linear light) and profiles that are no profiles: a reader that heeds them changes the pixels or fails.
        byte[] gamma = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(gamma, 100_000);
        Assert.Equal(Picture.Pixels, Image.Decode(With("gAMA", gamma), "x").Pixels);
        Assert.Equal(Picture.Pixels, Image.Decode(With("iCCP", Encoding.ASCII.GetBytes("broken\0\0profile")), "x").Pixels);
        Assert.Equal(Picture.Pixels, Image.Decode(With("cHRM", new byte[32]), "x").Pixels);
    }

    [Fact]
    public void Png_orientation_turns_the_picture()
    {
        byte[] file = With("eXIf", Turned);
        var info = Image.Inspect(file, "x");
        Assert.Equal((4, 6, 6), (info.Width, info.Height, info.Orientation));
        Assert.Equal(PixelLayout.Upright(Picture, 6).Pixels, Image.Decode(file, "x").Pixels);
    }

    [Fact]
    public void Png_unknown_critical_chunk_is_an_error() =>
        Assert.Contains("x:", Assert.Throws<ImageException>(() => Image.Decode(With("ABCD", [1]), "x")).Message);

    [Fact]
    public void Png_wrong_checksum_is_an_error()
    {
        byte[] file = Picture.EncodePng();
        file[^14] ^= 1;
        Assert.Throws<ImageException>(() => Image.Decode(file, "x"));
    }

    [Theory]
    [MemberData(nameof(Decodes))]
    [Trait("Category", "Fixtures")]
    public void Webp_orientation_turns_the_picture(string row)
    {
        var dump = Fixtures.Open(row);
        foreach (var file in dump.Config.GetProperty("files").EnumerateObject().Where(x => x.Name == "lossless.webp"))
        {
            byte[] plain = File.ReadAllBytes(Path.Combine(dump.Folder, file.Name));
            var upright = Image.Decode(plain, file.Name);
            byte[] extended = WebP(upright.Width, upright.Height, flags: 8, plain[12..], Chunk("EXIF", Turned));
            Assert.Equal(PixelLayout.Upright(upright, 6).Pixels, Image.Decode(extended, "x").Pixels);
            // A container that states another size than its pixels.
            Assert.Throws<ImageException>(() => Image.Decode(WebP(upright.Width + 1, upright.Height, 0, plain[12..]), "x"));
            Assert.Contains("animated", Assert.Throws<ImageException>(() => Image.Decode(WebP(9, 9, flags: 2), "x")).Message);
        }
    }

    public static TheoryData<string> Decodes() => Fixtures.Of("decode");

    /// <summary>The picture as PNG with one more chunk after the header.</summary>
    static byte[] With(string type, byte[] data)
    {
        byte[] file = Picture.EncodePng();
        using var extra = new MemoryStream();
        PngWriter.Chunk(extra, Encoding.ASCII.GetBytes(type), data);
        return [.. file[..33], .. extra.ToArray(), .. file[33..]];
    }

    static byte[] WebP(int width, int height, byte flags, params byte[][] chunks)
    {
        var size = new byte[10];
        size[0] = flags;
        BinaryPrimitives.WriteUInt16LittleEndian(size.AsSpan(4), (ushort)(width - 1));
        BinaryPrimitives.WriteUInt16LittleEndian(size.AsSpan(7), (ushort)(height - 1));
        byte[] body = [.. "WEBP"u8, .. Chunk("VP8X", size), .. chunks.SelectMany(x => x)];
        return Chunk("RIFF", body);
    }

    static byte[] Chunk(string type, byte[] data)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, data.Length);
        return [.. Encoding.ASCII.GetBytes(type), .. length, .. data, .. new byte[data.Length & 1]];
    }
}
