using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Multi-head self-attention with queries, keys and values in layers of their own, which can be adapted apart.</summary>
public sealed class ClipAttention : Module
{
    private readonly int _heads;

    /// <summary>Declares the parameters.</summary>
    public ClipAttention(ClipTowerConfig c)
    {
        ArgumentNullException.ThrowIfNull(c);
        _heads = c.Heads;
        Key = Child("k_proj", new Linear(c.Width, c.Width));
        Value = Child("v_proj", new Linear(c.Width, c.Width));
        Query = Child("q_proj", new Linear(c.Width, c.Width));
        Out = Child("out_proj", new Linear(c.Width, c.Width));
    }

    /// <summary>d -> d: keys.</summary>
    public Linear Key { get; }

    /// <summary>d -> d: values.</summary>
    public Linear Value { get; }

    /// <summary>d -> d: queries.</summary>
    public Linear Query { get; }

    /// <summary>d -> d after the heads.</summary>
    public Linear Out { get; }

    /// <summary>residual + attention(x), for as many tokens, from the first on, as the residual has. [batch, tokens, d], residual [batch, n, d] -> [batch, n, d].</summary>
    /// <param name="x">The tokens.</param>
    /// <param name="causal">Whether a token sees those before it alone; then the residual has all.</param>
    /// <param name="residual">What the result is added to.</param>
    /// <exception cref="HkaFerException">Causal attention of some tokens only.</exception>
    public Tensor Forward(Tensor x, bool causal, Tensor residual)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(residual);
        if (causal && residual.Shape[1] != x.Shape[1])
        {
            throw new HkaFerException($"clip: causal attention of {residual.Shape[1]} of {x.Shape[1]} tokens; expected all, for queries count from the last key back");
        }

        int dim = x.Shape[2] / _heads;
        Tensor Heads(Linear layer, Tensor tokens) => layer.Forward(tokens).Reshape(tokens.Shape[0], tokens.Shape[1], _heads, dim).Transpose(1, 2);
        Tensor asking = residual.Shape[1] == x.Shape[1] ? x : x.Slice(1, 0, residual.Shape[1]);
        Tensor y = Ops.Attention(Heads(Query, asking), Heads(Key, x), Heads(Value, x), 1 / Math.Sqrt(dim), causal, narrow: Query.IsNarrow && Key.IsNarrow && Value.IsNarrow);
        return Out.Forward(y.Transpose(1, 2).Reshape(residual.Shape.Sizes), residual: residual);
    }
}
