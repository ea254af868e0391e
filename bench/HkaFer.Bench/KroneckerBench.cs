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
            foreach (var width in new[] { 384, 1024 })
            {
                foreach (var (input, output) in new[] { (width, 3 * width), (width, width), (width, 4 * width), (4 * width, width) })
                {
                    var right = Agrees(device, input, output, width);
                    var layer = new Layer(tokens, input, output, width);
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
    private static bool Agrees(CpuDevice device, int input, int output, int width)
    {
        Layer ours = new(2, input, output, width), plain = new(2, input, output, width);
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

    /// <summary>A layer with the sizes that its backbone's width gives, its tokens and all gradients.</summary>
    private sealed class Layer
    {
        private readonly Random _random = new(3);
        private readonly KroneckerProblem _problem;
        private readonly KroneckerGradients _gradients;

        internal Layer(int tokens, int input, int output, int width)
        {
            int s = width == 384 ? 16 : 32, n = 4;
            (int Q, int L)[] sizes = [(s, s), (s, 2 * s), (2 * s, s), (2 * s, 2 * s)];
            MultiplyAdds = sizes.Sum(z => Math.Min(
                ((long)z.Q * input) + ((long)output * (input / z.L)), ((long)z.L * output) + ((long)input * (output / z.Q))));
            _problem = new KroneckerProblem
            {
                X = Random([tokens, input]),
                Y = Random([tokens, output]),
                C = [.. sizes.Select(z => Random([z.Q, z.L]))],
                D = [.. sizes.Select(z => Random([output / z.Q, input / z.L], 0.05f))],
                Router = Router.DualBranch,
                W1s = Random([2 * n, input / 16]),
                W2s = Random([n, 2 * n]),
                W1r = Random([2 * n, output / 16]),
                W2r = Random([n, 2 * n]),
                Lambda = Tensor.From([0.5f], []),
            };
            _gradients = new KroneckerGradients
            {
                Y = Random([tokens, output]),
                X = Into(_problem.X),
                C = [.. _problem.C.Select(Into)],
                D = [.. _problem.D.Select(Into)],
                W1s = Into(_problem.W1s),
                W2s = Into(_problem.W2s),
                W1r = Into(_problem.W1r),
                W2r = Into(_problem.W2r),
                Lambda = Into(_problem.Lambda),
            };
        }

        /// <summary>Of the adapters' two products, each in its cheaper order; the router is not counted.</summary>
        internal long MultiplyAdds { get; }

        internal List<Tensor> Results => [
            _problem.Y, .. Targets(_gradients.X), .. _gradients.C.SelectMany(Targets), .. _gradients.D.SelectMany(Targets),
            .. Targets(_gradients.W1s), .. Targets(_gradients.W2s), .. Targets(_gradients.W1r), .. Targets(_gradients.W2r), .. Targets(_gradients.Lambda)];

        internal void Run(Device device, bool backward)
        {
            if (backward)
            {
                device.KroneckerBackward(_problem, _gradients);
            }
            else
            {
                device.Kronecker(_problem);
            }
        }

        private static IEnumerable<Tensor> Targets(Target? target) => target is { } t ? [t.Tensor] : [];

        private static Target? Into(Tensor? x) => new Target(Tensor.Zeros(x!.Shape), false);

        private Tensor Random(Shape shape, float scale = 1)
        {
            var values = new float[shape.Count];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = scale * ((_random.NextSingle() * 2) - 1);
            }
            return Tensor.From(values, shape);
        }
    }
}
