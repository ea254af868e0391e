using System.Numerics;

namespace HkaFer.Training;

/// <summary>The Castagnoli checksum, as TensorFlow's record files use it.</summary>
internal static class Crc32C
{
    /// <summary>CRC-32C (RFC 3720, appendix B.4).</summary>
    internal static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }

    /// <summary>Rotated and shifted, so that the checksum of bytes that hold checksums is not weak (TensorFlow <c>lib/hash/crc32c.h</c>).</summary>
    internal static uint Masked(ReadOnlySpan<byte> bytes) => unchecked(BitOperations.RotateRight(Of(bytes), 15) + 0xa282ead8u);
}
