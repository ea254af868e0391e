using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace HkaFer.Data;

/// <summary>A single value in a NumPy file (format versions 1 to 3), as text: a whole number of any width or byte order, or a string.</summary>
internal static partial class NpyScalar
{
    /// <summary>A header has 118 bytes; what is larger is no scalar.</summary>
    private const int MaxBytes = 4096;

    /// <exception cref="HkaFerException">The file is missing, or holds no single number or string.</exception>
    public static string Read(string path, string kind)
    {
        if (FileCheck.Problem(path) is { } problem) throw new HkaFerException($"{kind}: annotation {problem}: '{path}'; expected a NumPy file with one label");
        byte[] bytes = new byte[MaxBytes];
        using Stream file = InputFile.OpenRead(path);
        int length = file.ReadAtLeast(bytes, MaxBytes, throwOnEndOfStream: false);
        return Value(bytes.AsSpan(0, length)) ?? throw new HkaFerException(
            $"{kind}: '{path}': no NumPy file with one whole number or string; save it again with numpy.save(path, int(label))");
    }

    private static string? Value(ReadOnlySpan<byte> file)
    {
        if (file.Length < 12 || file[0] != 0x93 || !file[1..6].SequenceEqual("NUMPY"u8)) return null;
        // Version 1 has two bytes for the header's length, later ones four.
        int start = file[6] == 1 ? 10 : 12;
        long header = file[6] == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(file[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(file[8..]);
        if (header > file.Length - start) return null;
        var match = Header().Match(Encoding.Latin1.GetString(file.Slice(start, (int)header)));
        if (!match.Success || !int.TryParse(match.Groups["size"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int size)) return null;
        var data = file[(start + (int)header)..];
        bool big = match.Groups["order"].Value == ">";
        return match.Groups["type"].Value switch
        {
            "U" when size <= data.Length / 4 => (big ? new UTF32Encoding(true, false) : Encoding.UTF32).GetString(data[..(size * 4)]).TrimEnd('\0'),
            "S" when size <= data.Length => Encoding.Latin1.GetString(data[..size]).TrimEnd('\0'),
            "i" or "u" when size is 1 or 2 or 4 or 8 && size <= data.Length => Integer(data[..size], big, match.Groups["type"].Value == "i").ToString(CultureInfo.InvariantCulture),
            _ => null,
        };
    }

    private static Int128 Integer(ReadOnlySpan<byte> bytes, bool big, bool signed)
    {
        Int128 value = 0;
        for (int i = 0; i < bytes.Length; i++) value = (value << 8) | bytes[big ? i : bytes.Length - 1 - i];
        return signed && value >> ((8 * bytes.Length) - 1) != 0 ? value - (Int128.One << (8 * bytes.Length)) : value;
    }

    // {'descr': '<i8', 'fortran_order': False, 'shape': (), }: one value, or a row of one.
    [GeneratedRegex(@"'descr':\s*'(?<order>[<>|=]?)(?<type>[iuUS])(?<size>\d{1,6})'.*'shape':\s*\((1,)?\)", RegexOptions.CultureInvariant)]
    private static partial Regex Header();
}
