using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>One block of either of CLIP's transformers: attention and MLP, each normalised before.</summary>
public sealed class ClipBlock : Module
{
    private readonly Activation _activation;

    /// <summary>Declares the parts.</summary>
    public ClipBlock(ClipTowerConfig c)
    {
        ArgumentNullException.ThrowIfNull(c);
        _activation = c.Activation;
        Norm1 = Child("layer_norm1", new LayerNorm(c.Width, c.NormEpsilon));
        Attention = Child("self_attn", new ClipAttention(c));
        Norm2 = Child("layer_norm2", new LayerNorm(c.Width, c.NormEpsilon));
        Fc1 = Child("mlp.fc1", new Linear(c.Width, c.MlpWidth));
        Fc2 = Child("mlp.fc2", new Linear(c.MlpWidth, c.Width));
    }

    /// <summary>Before the attention.</summary>
    public LayerNorm Norm1 { get; }

    /// <summary>Self-attention.</summary>
    public ClipAttention Attention { get; }

    /// <summary>Before the MLP.</summary>
    public LayerNorm Norm2 { get; }

    /// <summary>Into the MLP.</summary>
    public Linear Fc1 { get; }

    /// <summary>Out of the MLP.</summary>
    public Linear Fc2 { get; }

    /// <summary>[batch, tokens, d] -> [batch, tokens, d].</summary>
    /// <param name="x">The tokens.</param>
    /// <param name="causal">Whether a token sees those before it alone: in texts.</param>
    public Tensor Forward(Tensor x, bool causal) => Forward(x, causal, residual: x);

    /// <summary>[batch, tokens, d] -> [batch, count, d]: the first tokens. Of the others keys and values are computed.</summary>
    internal Tensor ForwardFirst(Tensor x, int count) => Forward(x, causal: false, residual: x.Slice(1, 0, count));

    private Tensor Forward(Tensor x, bool causal, Tensor residual)
    {
        x = Attention.Forward(Norm1.Forward(x), causal, residual);
        return Fc2.Forward(Fc1.Forward(Norm2.Forward(x), _activation), residual: x);
    }
}
