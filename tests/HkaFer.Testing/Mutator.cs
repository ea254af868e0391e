using System.Buffers.Binary;
using System.Text;

namespace HkaFer.Testing;

/// <summary>
/// Damages files in the ways that find faults in readers: other bytes, missing and doubled parts, and numbers, text and brackets where others are
/// expected. What it does depends on the generator only, so that a round can be run again by its number.
/// </summary>
public static class Mutator
{
    private static readonly byte[][] s_json = Tokens(
        "-1", "0", "1", "7", "1e999", "-0.5", "2147483647", "2147483648", "4294967297", "9223372036854775807", "18446744073709551616",
        "null", "true", "\"\"", "[]", "{}", "[[]]", "[[[[[[[[[[", "\"F64\"", "\"\\ud800\"", "\"../x\"", ",", ":", "]", "}", "1048576");

    private static readonly byte[][] s_lines = Tokens(
        "\n", "\r\n", "\r", "\t", " ", ",", ";", "\"", "\"\"", "\"a\nb\"", "'", "\0", "\uFEFF", "\u2028", "顔", "ä", "#", "-1", "0", "101", "99999999999", "1e999", "NaN",
        "..", "../", "/", "\\", "://", "?", "&", "=", "%", "train", "valid", "hapiness");

    private static readonly byte[][] s_yaml = Tokens(
        "\n", "\r\n", "\t", "  ", "    ", ": ", ":", "- ", "-", "? ", "# ", "'", "\"", "|", ">", "&a ", "*a", "!!str ", "!x", "%YAML 1.2", "---", "...", "[", "]", "{", "}", ",", "~",
        "null", "true", "yes", ".nan", ".inf", "1e999", "-1", "0", "9223372036854775808", "<<: *a", "\\u0000", "\"\\uD800\"", "\0", "\uFEFF", "\u2028", "顔",
        "kind: lora", "kind: sgd", "sizes: [[1, 2]]", "scratch: {width: 1, depth: 1, heads: 1}");

    private static readonly int[] s_numbers = [0, 1, 2, 7, 8, 16, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 1 << 20, int.MaxValue - 1, int.MaxValue, int.MinValue, -1, -2];

    /// <summary>A damaged copy of a JSON file; half of the changes keep it JSON, so that the fault lies in its meaning.</summary>
    public static byte[] Json(byte[] source, Rng rng) => Change(source, rng, s_json, Replace);

    /// <summary>A damaged copy of a list, of comma-separated values or other lines.</summary>
    public static byte[] Lines(byte[] source, Rng rng) => Change(source, rng, s_lines, ReplaceField);

    /// <summary>A damaged copy of a YAML file.</summary>
    public static byte[] Yaml(byte[] source, Rng rng) => Change(source, rng, s_yaml, SwapLines);

    /// <summary>A damaged copy of a binary file; most damage falls on its first bytes, where the structure stands.</summary>
    public static byte[] Bytes(byte[] source, Rng rng)
    {
        List<byte> bytes = [.. source];
        for (int changes = 1 + rng.Below(4); changes > 0; changes--)
        {
            int reach = rng.Below(2) == 0 ? Math.Min(96, bytes.Count) : bytes.Count, at = rng.Below(Math.Max(1, reach));
            switch (rng.Below(8))
            {
                case 0:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 1 or 2:
                    Number(bytes, at, rng);
                    break;
                case 3 when bytes.Count > 0:
                    bytes[at] ^= (byte)(1 << rng.Below(8));
                    break;
                default:
                    Splice(bytes, at, rng);
                    break;
            }
        }

        return [.. bytes];
    }

    private static byte[] Change(byte[] source, Rng rng, byte[][] tokens, Action<List<byte>, int, byte[], Rng> inPlace)
    {
        List<byte> bytes = [.. source];
        for (int changes = 1 + rng.Below(3); changes > 0; changes--)
        {
            int at = rng.Below(Math.Max(1, bytes.Count));
            byte[] token = tokens[rng.Below(tokens.Length)];
            switch (rng.Below(6))
            {
                case 0:
                    bytes.InsertRange(Math.Min(at, bytes.Count), token);
                    break;
                case 1 or 2 or 3:
                    inPlace(bytes, at, token, rng);
                    break;
                default:
                    Splice(bytes, at, rng);
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>One byte changed, or a few taken away or doubled.</summary>
    private static void Splice(List<byte> bytes, int at, Rng rng)
    {
        int span = Math.Min(1 + rng.Below(12), bytes.Count - at);
        switch (rng.Below(3))
        {
            case 0 when span > 0:
                bytes[at] = (byte)rng.Below(256);
                break;
            case 1 when span > 0:
                bytes.RemoveRange(at, span);
                break;
            case 2 when span > 0:
                bytes.InsertRange(at, bytes.GetRange(at, span));
                break;
        }
    }

    /// <summary>Puts a token in the place of the next value of JSON.</summary>
    private static void Replace(List<byte> bytes, int at, byte[] token, Rng rng) =>
        Between(bytes, at, token, b => b is (byte)':' or (byte)'[' or (byte)',', b => b is (byte)',' or (byte)']' or (byte)'}');

    /// <summary>Puts a token in the place of the next field of a list.</summary>
    private static void ReplaceField(List<byte> bytes, int at, byte[] token, Rng rng) =>
        Between(bytes, at, token, b => b is (byte)',' or (byte)'\n', b => b is (byte)',' or (byte)'\n');

    private static void Between(List<byte> bytes, int at, byte[] token, Predicate<byte> before, Predicate<byte> after)
    {
        int start = at < bytes.Count ? bytes.FindIndex(at, before) + 1 : 0;
        if (start > 0)
        {
            int end = bytes.FindIndex(start, after);
            bytes.RemoveRange(start, Math.Max(end, start) - start);
            bytes.InsertRange(start, token);
        }
    }

    /// <summary>Replaces what follows a colon, or repeats a line elsewhere: both keep most of YAML's structure.</summary>
    private static void SwapLines(List<byte> bytes, int at, byte[] token, Rng rng)
    {
        if (rng.Below(2) == 0)
        {
            Between(bytes, at, [(byte)' ', .. token], b => b == (byte)':', b => b == (byte)'\n');
            return;
        }

        int start = bytes.FindIndex(Math.Min(at, bytes.Count), b => b == (byte)'\n') + 1;
        int end = start > 0 ? bytes.FindIndex(start, b => b == (byte)'\n') : -1;
        if (end > start)
        {
            bytes.InsertRange(rng.Below(2) == 0 ? end + 1 : 0, bytes.GetRange(start, end + 1 - start));
        }
    }

    /// <summary>Writes a number that readers trip over, in 2 or 4 bytes of either order.</summary>
    private static void Number(List<byte> bytes, int at, Rng rng)
    {
        Span<byte> four = stackalloc byte[4];
        int value = s_numbers[rng.Below(s_numbers.Length)], width = rng.Below(2) == 0 ? 2 : 4;
        if (rng.Below(2) == 0)
        {
            BinaryPrimitives.WriteInt32LittleEndian(four, value);
        }
        else
        {
            BinaryPrimitives.WriteInt32BigEndian(four, width == 2 ? value << 16 : value);
        }

        for (int i = 0; i < width && at + i < bytes.Count; i++)
        {
            bytes[at + i] = four[i];
        }
    }

    private static byte[][] Tokens(params string[] tokens) => [.. tokens.Select(Encoding.UTF8.GetBytes)];
}
