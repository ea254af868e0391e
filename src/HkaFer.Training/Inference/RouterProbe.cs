using HkaFer.Adapters;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>
/// Listens to the routers of an adapter while a split is scored. The kernel has their probabilities at hand, so all pictures are measured and none is
/// computed twice. Sums are in float64, picture after picture.
/// </summary>
internal sealed class RouterProbe : IDisposable
{
    private readonly List<(KroneckerLayer Layer, double[][] Sums)> _layers = [];
    private readonly long[] _pictures;
    private int[] _truth = [];

    internal RouterProbe(Adapter? adapter, int classes)
    {
        _pictures = new long[classes];
        foreach (KroneckerLayer layer in adapter?.Layers.OfType<KroneckerLayer>() ?? [])
        {
            double[][] sums = [.. Enumerable.Range(0, classes).Select(_ => new double[layer.C.Count])];
            _layers.Add((layer, sums));
            layer.Probe = probabilities => Add(probabilities, sums);
        }
    }

    /// <summary>Says which pictures pass next.</summary>
    /// <param name="truth">Their classes.</param>
    internal void Next(ReadOnlySpan<int> truth)
    {
        _truth = truth.ToArray();
        foreach (int label in _truth)
        {
            _pictures[label]++;
        }
    }

    internal IReadOnlyList<RouterWeights> Weights()
    {
        long all = _pictures.Sum();
        return
        [
            .. _layers.Select(l => new RouterWeights(
                l.Layer.LayerPath, l.Layer.Router.ShortName(), l.Layer.Lambda?.Value.Detach().Item(),
                [.. Enumerable.Range(0, l.Layer.C.Count).Select(i => l.Sums.Sum(s => s[i]) / all)],
                [.. l.Sums.Select((s, label) => _pictures[label] == 0 ? null : (double[])[.. s.Select(sum => sum / _pictures[label])])])),
        ];
    }

    public void Dispose()
    {
        foreach ((KroneckerLayer layer, _) in _layers)
        {
            layer.Probe = null;
        }
    }

    // probabilities: [pictures, tokens, N].
    private void Add(Tensor probabilities, double[][] sums)
    {
        float[] values = probabilities.ToArray<float>();
        int n = probabilities.Shape[-1], each = values.Length / _truth.Length, tokens = each / n;
        for (int picture = 0; picture < _truth.Length; picture++)
        {
            double[] sum = sums[_truth[picture]];
            for (int i = 0; i < n; i++)
            {
                double total = 0;
                for (int t = 0; t < tokens; t++)
                {
                    total += values[(picture * each) + (t * n) + i];
                }

                sum[i] += total / tokens;
            }
        }
    }
}
