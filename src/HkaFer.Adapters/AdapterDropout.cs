using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>
/// Says to the adapters of one thread that it trains: those with dropout leave inputs out. What is left out follows from the seed, the adapter's name, the
/// layer's path and the input's size and from nothing else, so that a layer that is computed twice in a step (activation checkpointing) sees the same twice, and a run that is
/// resumed the same as one that was not.
/// </summary>
public sealed class AdapterDropout : IDisposable
{
    [ThreadStatic]
    private static AdapterDropout? s_current;

    private readonly AdapterDropout? _outer;
    private readonly ulong _seed;

    private AdapterDropout(ulong seed)
    {
        (_seed, _outer) = (seed, s_current);
        s_current = this;
    }

    /// <summary>Opens a draw for this thread, until it is disposed; around the forward and the backward pass of a step.</summary>
    /// <param name="seed">Of this step: another one for each.</param>
    public static IDisposable Draw(ulong seed) => new AdapterDropout(seed);

    /// <inheritdoc/>
    public void Dispose() => s_current = _outer;

    /// <summary>An input with a share of its entries zero and the others divided by what is left, as PyTorch does it; the input itself outside of training.</summary>
    internal static Tensor Of(Tensor x, AdapterLayer layer, double share)
    {
        if (s_current is not { } draw)
        {
            return x;
        }

        var rng = new Rng(Rng.Combine(Rng.Combine(draw._seed, layer.Owner?.Name ?? ""), layer.LayerPath));
        var mask = new float[x.Shape.Count];
        float kept = (float)(1 / (1 - share));
        uint limit = (uint)(share * (1UL << 32));
        for (int i = 0; i < mask.Length; i += 2)
        {
            // Two entries a number: a step of a large model draws tens of millions.
            ulong bits = rng.Next();
            mask[i] = (uint)bits < limit ? 0 : kept;
            if (i + 1 < mask.Length)
            {
                mask[i + 1] = (uint)(bits >> 32) < limit ? 0 : kept;
            }
        }

        return Ops.Multiply(x, Tensor.From(mask, x.Shape));
    }
}
