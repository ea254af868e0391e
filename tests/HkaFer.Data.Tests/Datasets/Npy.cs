using System.Buffers.Binary;
using System.Text;

namespace HkaFer.Data.Tests.Datasets;

/// <summary>NumPy files with one value, byte for byte as NumPy 2 writes them.</summary>
internal static class Npy
{
    public static byte[] Integer(string descr, long value)
    {
        var bytes = new byte[8];
        if (descr[0] == '>') BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        else BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        int size = descr[2] - '0';
        return [.. Header(descr), .. descr[0] == '>' ? bytes[^size..] : bytes[..size]];
    }

    public static byte[] Text(string type, string value) => type == "U"
        ? [.. Header($"<U{value.Length}"), .. Encoding.UTF32.GetBytes(value)]
        : [.. Header($"|S{value.Length}"), .. Encoding.ASCII.GetBytes(value)];

    private static byte[] Header(string descr)
    {
        string header = $"{{'descr': '{descr}', 'fortran_order': False, 'shape': (), }}".PadRight(117) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, 118, 0, .. Encoding.ASCII.GetBytes(header)];
    }
}
