using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>One transformer block: attention and MLP, each normalised before and scaled after.</summary>
public sealed class Block : Module
{
    /// <summary>Declares the parts.</summary>
    public Block(VitConfig c)
    {
        Norm1 = Child("norm1", new LayerNorm(c.Width, c.NormEpsilon));
        Attention = Child("attention", new SelfAttention(c));
        Scale1 = Child("layer_scale1", new LayerScale(c.Width, c.LayerScale));
        Norm2 = Child("norm2", new LayerNorm(c.Width, c.NormEpsilon));
        Mlp = Child("mlp", new Mlp(c));
        Scale2 = Child("layer_scale2", new LayerScale(c.Width, c.LayerScale));
    }

    /// <summary>Before the attention.</summary>
    public LayerNorm Norm1 { get; }

    /// <summary>Self-attention.</summary>
    public SelfAttention Attention { get; }

    /// <summary>After the attention.</summary>
    public LayerScale Scale1 { get; }

    /// <summary>Before the MLP.</summary>
    public LayerNorm Norm2 { get; }

    /// <summary>Feed-forward part.</summary>
    public Mlp Mlp { get; }

    /// <summary>After the MLP.</summary>
    public LayerScale Scale2 { get; }

    /// <summary>[batch, tokens, d] -> [batch, tokens, d].</summary>
    public Tensor Forward(Tensor x) => Forward(x, residual: x);

    /// <summary>[batch, tokens, d] -> [batch, count, d]: the first tokens. Of the others keys and values are computed, and in the fused projection queries.</summary>
    internal Tensor ForwardFirst(Tensor x, int count) => Forward(x, residual: x.Slice(1, 0, count));

    private Tensor Forward(Tensor x, Tensor residual)
    {
        x = Attention.Forward(Norm1.Forward(x), Scale1.Lambda, residual);
        return Mlp.Forward(Norm2.Forward(x), Scale2.Lambda, residual: x);
    }
}
