using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Multi-head self-attention. Checkpoints store query, key and value apart; here they are one layer, so that an adapter sees one.</summary>
public sealed class SelfAttention : Module
{
    private readonly int _heads;

    /// <summary>Declares the parameters.</summary>
    public SelfAttention(VitConfig c)
    {
        _heads = c.Heads;
        Qkv = Child("attention.qkv", new Linear(c.Width, 3 * c.Width, c.QkvBias, "query", "key", "value"));
        Proj = Child("output.dense", new Linear(c.Width, c.Width));
    }

    /// <summary>d -> 3 d: queries, keys, values.</summary>
    public Linear Qkv { get; }

    /// <summary>d -> d after the heads.</summary>
    public Linear Proj { get; }

    /// <summary>residual + scale * attention(x), for as many tokens, from the first on, as the residual has. [batch, tokens, d], residual [batch, n, d] -> [batch, n, d].</summary>
    public Tensor Forward(Tensor x, Tensor scale, Tensor residual) =>
        Proj.Forward(Ops.SelfAttention(Qkv.Forward(x), _heads, queries: residual.Shape[1], narrow: Qkv.IsNarrow), scale: scale, residual: residual);
}
