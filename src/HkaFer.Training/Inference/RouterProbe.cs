using HkaFer.Adapters;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>
/// Listens to the routers of an adapter while a split is scored. The kernel has their probabilities at hand, so all pictures are measured and none is
/// computed twice. Sums are in float64, picture after picture.
/// </summary>
internal sealed class RouterProbe
{
    private readonly Dictionary<KroneckerLayer, double[][]> _sums = [];
    private readonly long[] _pictures;
    private int[] _truth = [];

    internal RouterProbe(Adapter? adapter, int classes)
    {
        _pictures = new long[classes];
        foreach (KroneckerLayer layer in adapter?.Layers.OfType<KroneckerLayer>() ?? [])
        {
            _sums[layer] = [.. Enumerable.Range(0, classes).Select(_ => new double[layer.C.Count])];
        }
    }

    /// <summary>Listens while some pictures pass.</summary>
    /// <param name="truth">Their classes.</param>
    /// <returns>Ends it, on the same thread.</returns>
    internal IDisposable? Next(ReadOnlySpan<int> truth)
    {
        _truth = truth.ToArray();
        foreach (int label in _truth)
        {
            _pictures[label]++;
        }

        return _sums.Count == 0 ? null : KroneckerLayer.Listen((layer, probabilities) =>
        {
            if (_sums.TryGetValue(layer, out double[][]? sums))
            {
                Add(probabilities, sums);
            }
        });
    }

    internal IReadOnlyList<RouterWeights> Weights()
    {
        long all = _pictures.Sum();
        return
        [
            .. _sums.Select(l => new RouterWeights(
                l.Key.LayerPath, l.Key.Router.ShortName(), l.Key.Lambda?.Value.Detach().Item(),
                [.. Enumerable.Range(0, l.Key.C.Count).Select(i => l.Value.Sum(s => s[i]) / all)],
                [.. l.Value.Select((s, label) => _pictures[label] == 0 ? null : (double[])[.. s.Select(sum => sum / _pictures[label])])])),
        ];
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
