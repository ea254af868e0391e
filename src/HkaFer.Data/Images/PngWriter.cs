using System.Buffers.Binary;
using System.IO.Compression;

namespace HkaFer.Data;

/// <summary>Writes 8-bit RGB PNG. It needs no codec library, so charts and maps are written where none is installed.</summary>
static class PngWriter
{
    const byte UpFilter = 2;

    static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(x => CrcOfByte((uint)x))];

    public static byte[] Encode(Image image)
    {
        using var file = new MemoryStream();
        file.Write(PngCodec.Signature);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), image.Height);
        // 8 bits, colour type 2 (RGB), deflate, adaptive filters, not interlaced.
        new byte[] { 8, 2, 0, 0, 0 }.CopyTo(header, 8);
        Chunk(file, "IHDR"u8, header);
        Chunk(file, "IDAT"u8, Deflate(image));
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    static byte[] Deflate(Image image)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal))
        {
            int stride = image.Width * 3;
            var line = new byte[stride + 1];
            // Differences to the row above pack better than the pixels; above the first row are zeros.
            line[0] = UpFilter;
            for (int y = 0; y < image.Height; y++)
            {
                var row = image.Pixels.AsSpan(y * stride, stride);
                var above = y == 0 ? default : image.Pixels.AsSpan((y - 1) * stride, stride);
                for (int i = 0; i < stride; i++)
                {
                    line[i + 1] = (byte)(row[i] - (y == 0 ? 0 : above[i]));
                }

                zlib.Write(line);
            }
        }

        return packed.ToArray();
    }

    /// <summary>Appends one chunk with its length and checksum.</summary>
    internal static void Chunk(MemoryStream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(type);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(data, Crc(type, uint.MaxValue)));
        file.Write(number);
    }

    static uint Crc(ReadOnlySpan<byte> bytes, uint crc)
    {
        foreach (byte x in bytes)
        {
            crc = CrcTable[(byte)(crc ^ x)] ^ crc >> 8;
        }

        return crc;
    }

    static uint CrcOfByte(uint crc)
    {
        for (int bit = 0; bit < 8; bit++)
        {
            crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }

        return crc;
    }
}
