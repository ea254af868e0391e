using System.Diagnostics;
using System.Globalization;
using System.Text;
using Xunit;

namespace HkaFer.Testing;

/// <summary>
/// Damages files in the ways that find faults in readers: other bytes, missing and doubled parts, and numbers, strings and brackets where
/// others are expected. Seeded, so that a failing round can be run again by its number.
/// </summary>
public static class Mutator
{
    static readonly string[] s_tokens =
    [
        "-1", "0", "1", "7", "1e999", "-0.5", "2147483647", "2147483648", "4294967297", "9223372036854775807", "18446744073709551616",
        "null", "true", "\"\"", "[]", "{}", "[[]]", "[[[[[[[[[[", "\"F64\"", "\"\\ud800\"", "\"../x\"", ",", ":", "]", "}", "1048576",
    ];

    /// <summary>Rounds of a fuzzing test: the environment variable HKAFER_FUZZ, or 2000.</summary>
    public static int Rounds { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("HKAFER_FUZZ"), NumberStyles.None, CultureInfo.InvariantCulture, out int rounds) ? rounds : 2000;

    /// <summary>
    /// Runs a reader over damaged copies of a file: each must be read or refused with a <see cref="HkaFerException"/>, within a second.
    /// </summary>
    /// <param name="seed">The sound file.</param>
    /// <param name="from">Where the damaged part starts.</param>
    /// <param name="length">Its length.</param>
    /// <param name="read">Reads the file given.</param>
    public static void Run(byte[] seed, int from, int length, Action<byte[]> read)
    {
        ArgumentNullException.ThrowIfNull(seed);
        ArgumentNullException.ThrowIfNull(read);
        int refused = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] damaged = [.. seed[..from], .. Mutate(seed[from..(from + length)], new Rng((ulong)round)), .. seed[(from + length)..]];
            var watch = Stopwatch.StartNew();
            var error = Record.Exception(() => read(damaged));
            Assert.True(error is null or HkaFerException, $"round {round}: {error}\n{Encoding.Latin1.GetString(damaged[from..Math.Min(damaged.Length, from + length + 64)])}");
            Assert.True(watch.Elapsed.TotalSeconds < 1, $"round {round}: took {watch.Elapsed.TotalSeconds:f1} s");
            refused += error is null ? 0 : 1;
        }

        // A mutator that hits nothing would prove nothing.
        Assert.InRange(refused, Rounds / 10, Rounds);
    }

    static byte[] Mutate(byte[] source, Rng rng)
    {
        List<byte> bytes = [.. source];
        for (int changes = 1 + rng.Below(3); changes > 0; changes--)
        {
            int at = rng.Below(Math.Max(1, bytes.Count)), span = Math.Min(1 + rng.Below(12), bytes.Count - at);
            switch (rng.Below(6))
            {
                case 0 when bytes.Count > 0:
                    bytes[at] = (byte)rng.Below(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, span);
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, span));
                    break;
                case 3:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(s_tokens[rng.Below(s_tokens.Length)]));
                    break;
                default:
                    Replace(bytes, at, rng);
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>Puts a token in the place of the next value, so that the file stays JSON and the fault lies in its meaning.</summary>
    static void Replace(List<byte> bytes, int at, Rng rng)
    {
        int start = bytes.FindIndex(at, b => b is (byte)':' or (byte)'[' or (byte)',') + 1;
        if (start > 0)
        {
            int end = bytes.FindIndex(start, b => b is (byte)',' or (byte)']' or (byte)'}');
            bytes.RemoveRange(start, Math.Max(end, start) - start);
            bytes.InsertRange(start, Encoding.UTF8.GetBytes(s_tokens[rng.Below(s_tokens.Length)]));
        }
    }
}
