using System.Buffers.Binary;

namespace HkaFer.Data;

/// <summary>The one EXIF field that decoding needs. A damaged block means upright, as in Pillow, and never an error.</summary>
static class Exif
{
    const ushort OrientationTag = 0x0112;
    const ushort ShortType = 3;

    /// <summary>The orientation, 1 to 8, of a TIFF block, with or without the <c>Exif\0\0</c> in front; 1 where it has none.</summary>
    public static int Orientation(ReadOnlySpan<byte> block)
    {
        // JPEG always has the prefix, PNG never; some writers put it into WebP too.
        if (block.StartsWith("Exif\0\0"u8))
        {
            block = block[6..];
        }

        bool little = block.StartsWith("II*\0"u8);
        if ((!little && !block.StartsWith("MM\0*"u8)) || block.Length < 8)
        {
            return 1;
        }

        uint directory = Long(block[4..], little);
        // Compared as unsigned and widened: an offset near 2^32 must not wrap to a valid one.
        if (directory > (uint)block.Length - 2)
        {
            return 1;
        }

        int entries = Short(block[(int)directory..], little);
        var rest = block[((int)directory + 2)..];
        for (int i = 0; i < entries && rest.Length >= 12; i++, rest = rest[12..])
        {
            if (Short(rest, little) == OrientationTag && Short(rest[2..], little) == ShortType)
            {
                int value = Short(rest[8..], little);
                return value is >= 1 and <= 8 ? value : 1;
            }
        }

        return 1;
    }

    static ushort Short(ReadOnlySpan<byte> x, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(x) : BinaryPrimitives.ReadUInt16BigEndian(x);

    static uint Long(ReadOnlySpan<byte> x, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(x) : BinaryPrimitives.ReadUInt32BigEndian(x);
}
