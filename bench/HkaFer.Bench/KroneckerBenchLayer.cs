using HkaFer.Tensors;
using HkaFer.Tensors.Kernels;

namespace HkaFer.Bench;

/// <summary>A layer with the sizes that its backbone's width gives, its tokens and all gradients.</summary>
internal sealed class KroneckerBenchLayer
{
    /// <summary>The four layers of a block of ViT-S (width 384) and of ViT-L (1024).</summary>
    internal static IEnumerable<(int In, int Out, int Width)> Published => ((int[])[384, 1024]).SelectMany(
        width => ((int, int)[])[(width, 3 * width), (width, width), (width, 4 * width), (4 * width, width)], (width, layer) => (layer.Item1, layer.Item2, width));

    private readonly Random _random = new(3);
    private readonly KroneckerProblem _problem;
    private readonly KroneckerGradients _gradients;

    internal KroneckerBenchLayer(int tokens, int input, int output, int width)
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
