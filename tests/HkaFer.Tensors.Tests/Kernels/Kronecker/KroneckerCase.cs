using HkaFer.Testing;

namespace HkaFer.Tensors.Tests.Kernels;

/// <summary>A random layer with adapters, its tokens and the gradient that flows in; the same seed gives the same numbers.</summary>
internal sealed class KroneckerCase
{
    private readonly Random _random = new(7);
    private readonly float[] _y;
    private readonly Tensor[] _weights;

    internal KroneckerCase(
        int tokens, int width, int output, (int Q, int L)[] sizes, Router router, Pooling pooling = Pooling.Contiguous, int group = 16)
    {
        int n = sizes.Length;
        _y = Values(tokens * output);
        Probabilities = Tensor.Zeros([tokens, n]);
        Problem = new KroneckerProblem
        {
            X = Random([tokens, width]),
            Y = Tensor.From(_y, [tokens, output]),
            C = [.. sizes.Select(s => Random([s.Q, s.L]))],
            D = [.. sizes.Select(s => Random([output / s.Q, width / s.L], MathF.Sqrt(1f / width)))],
            Router = router,
            Pooling = pooling,
            Group = group,
            Beta = 1.5,
            W1s = router == Router.Sum ? null : Random([2 * n, width / group], 2),
            W2s = router is Router.SpatialBranch or Router.DualBranch ? Random([n, 2 * n]) : null,
            W1r = router is Router.RelationBranch or Router.DualBranch ? Random([2 * n, output / group], 2) : null,
            W2r = router is Router.RelationBranch or Router.DualBranch ? Random([n, 2 * n]) : null,
            Lambda = router == Router.DualBranch ? Tensor.From([0.7f], []) : null,
            Probabilities = Probabilities,
        };
        GradY = Random([tokens, output]);
        Tensor?[] all = [Problem.X, .. Problem.C, .. Problem.D, Problem.W1s, Problem.W2s, Problem.W1r, Problem.W2r, Problem.Lambda];
        _weights = [.. all.OfType<Tensor>()];
    }

    internal KroneckerProblem Problem { get; }

    internal Tensor Probabilities { get; }

    internal Tensor GradY { get; set; }

    /// <summary>Output and probabilities.</summary>
    internal float[][] Forward(Device device)
    {
        Problem.Y.CopyFrom<float>(_y);
        device.Kronecker(Problem);
        return [Problem.Y.ToFloats(), Probabilities.ToFloats()];
    }

    /// <summary>All gradients, in the order x, C, D, router; what is not wanted stays out.</summary>
    /// <param name="device">Who computes.</param>
    /// <param name="accumulate">Whether to add to ones, or to write over them.</param>
    /// <param name="wanted">Which gradients; all where absent.</param>
    internal float[][] Backward(Device device, bool accumulate = false, Func<int, bool>? wanted = null)
    {
        Target?[] targets = [.. _weights.Select((w, i) =>
            wanted is null || wanted(i) ? new Target(Tensor.Full(w.Shape, 1), accumulate) : (Target?)null)];
        int n = Problem.Count, next = 1 + (2 * n);
        device.KroneckerBackward(Problem, new KroneckerGradients
        {
            Y = GradY,
            X = targets[0],
            C = targets[1..(1 + n)],
            D = targets[(1 + n)..next],
            W1s = Problem.W1s is null ? null : targets[next++],
            W2s = Problem.W2s is null ? null : targets[next++],
            W1r = Problem.W1r is null ? null : targets[next++],
            W2r = Problem.W2r is null ? null : targets[next++],
            Lambda = Problem.Lambda is null ? null : targets[next],
        });
        return [.. targets.OfType<Target>().Select(t => t.Tensor.ToFloats())];
    }

    /// <summary>Compares forward and backward of every device with the plain loops, which take their time and so run once.</summary>
    internal void Check(params IEnumerable<Device> devices)
    {
        float[][] forward = Forward(Device.Reference), backward = Backward(Device.Reference);
        foreach (var device in devices)
        {
            Near("forward", forward, Forward(device));
            Near("backward", backward, Backward(device));
        }
    }

    internal static void Near(string what, float[][] expected, float[][] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        // A gradient that cancels to nearly nothing carries the rounding of the largest one.
        double floor = 0.01 * expected.Max(values => values.Max(Math.Abs));
        for (int i = 0; i < expected.Length; i++)
        {
            Testing.Near.Relative(expected[i], actual[i], 2e-5, $"{what}, result {i}", floor);
        }
    }

    private Tensor Random(Shape shape, float scale = 1) => Tensor.From(Array.ConvertAll(Values((int)shape.Count), v => v * scale), shape);

    private float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (_random.NextSingle() * 2) - 1)];
}
