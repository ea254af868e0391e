using System.Diagnostics;
using HkaFer.Tensors;
using HkaFer.Tensors.Kernels;

namespace HkaFer.Bench;

/// <summary>
/// The adapters of a block's four layers with the dual-branch router, forward and backward, each checked against the reference on a few
/// tokens first. The best time counts, since other work on the machine only ever adds to a time.
/// </summary>
internal static class KroneckerBench
{
    /// <summary>Measures the layers of ViT-S (width 384) and ViT-L (1024).</summary>
    /// <param name="set">Instruction set.</param>
    /// <param name="threads">Numbers of threads.</param>
    /// <param name="seconds">Time for each row.</param>
    /// <param name="report">Called with each row as it is done.</param>
    /// <param name="tokens">Tokens a call: four images of 257.</param>
    public static List<KroneckerRow> Run(
        InstructionSet set, IEnumerable<int> threads, double seconds, Action<KroneckerRow> report, int tokens = 1028)
    {
        var rows = new List<KroneckerRow>();
        foreach (var count in threads)
        {
            using var workers = new Workers(count);
            var device = new CpuDevice(set, workers);
            foreach (var (input, output, width) in KroneckerBenchLayer.Published)
            {
                var right = Agrees(device, input, output, width);
                var layer = new KroneckerBenchLayer(tokens, input, output, width);
                foreach (var backward in new[] { false, true })
                {
                    var best = Best(seconds, () => layer.Run(device, backward));
                    var work = 2.0 * tokens * layer.MultiplyAdds * (backward ? 2.5 : 1);
                    rows.Add(new KroneckerRow(
                        $"{input} -> {output}, {tokens} tokens, {count} threads, {(backward ? "backward" : "forward")}",
                        1e3 * best, 1e-9 * work / best, (double)layer.MultiplyAdds / input / output * (backward ? 2.5 : 1), right));
                    report(rows[^1]);
                }
            }
        }
        return rows;
    }

    private static double Best(double seconds, Action work)
    {
        work();
        var best = double.PositiveInfinity;
        var deadline = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        do
        {
            var start = Stopwatch.GetTimestamp();
            work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        while (Stopwatch.GetTimestamp() < deadline);
        return best;
    }

    /// <summary>Two tokens: the reference takes a second for each layer of ViT-L.</summary>
    internal static bool Agrees(CpuDevice device, int input, int output, int width)
    {
        KroneckerBenchLayer ours = new(2, input, output, width), plain = new(2, input, output, width);
        foreach (var backward in new[] { false, true })
        {
            ours.Run(device, backward);
            plain.Run(Device.Reference, backward);
        }
        return ours.Results.Zip(plain.Results).All(pair => Near(pair.First.ToFloats(), pair.Second.ToFloats()));
    }

    private static bool Near(float[] a, float[] b)
    {
        var scale = b.Max(Math.Abs);
        return a.Zip(b).All(pair => Math.Abs(pair.First - pair.Second) <= 1e-4 * scale);
    }
}
