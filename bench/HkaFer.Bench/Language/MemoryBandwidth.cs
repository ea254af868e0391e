using System.Diagnostics;
using System.Numerics;

namespace HkaFer.Bench;

/// <summary>How fast all threads together read memory that no cache holds.</summary>
internal static class MemoryBandwidth
{
    private const int Bytes = 512 << 20, Rounds = 5;

    /// <summary>Bytes a second, the best of several rounds.</summary>
    public static double Measure()
    {
        var block = new ulong[Bytes / sizeof(ulong)];
        Array.Fill(block, 1UL);
        int threads = Tensors.Engine.Threads, part = block.Length / threads;
        double best = double.PositiveInfinity;
        for (int round = 0; round < Rounds; round++)
        {
            var sums = new ulong[threads];
            long start = Stopwatch.GetTimestamp();
            Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, i => sums[i] = Sum(block.AsSpan(i * part, part)));
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;

            // The sum is looked at, or nothing would have to be read.
            best = sums.Aggregate((a, b) => a + b) == (ulong)part * (ulong)threads ? Math.Min(best, seconds) : best;
        }

        return (double)part * threads * sizeof(ulong) / best;
    }

    private static ulong Sum(ReadOnlySpan<ulong> values)
    {
        Vector<ulong> a = Vector<ulong>.Zero, b = a, c = a, d = a;
        int width = Vector<ulong>.Count, at = 0;
        for (; at <= values.Length - (4 * width); at += 4 * width)
        {
            a += new Vector<ulong>(values[at..]);
            b += new Vector<ulong>(values[(at + width)..]);
            c += new Vector<ulong>(values[(at + (2 * width))..]);
            d += new Vector<ulong>(values[(at + (3 * width))..]);
        }

        ulong sum = Vector.Sum(a + b + c + d);
        for (; at < values.Length; at++)
        {
            sum += values[at];
        }

        return sum;
    }
}
