using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>The feed-forward part of a block: GELU between two layers, or a SwiGLU.</summary>
public sealed class Mlp : Module
{
    private readonly bool _gated;
    private readonly int _hidden;

    /// <summary>Declares the parameters.</summary>
    public Mlp(VitConfig c)
    {
        _gated = c.SwiGlu;
        _hidden = c.MlpWidth;
        In = Child(_gated ? "weights_in" : "fc1", new Linear(c.Width, _gated ? 2 * _hidden : _hidden));
        Out = Child(_gated ? "weights_out" : "fc2", new Linear(_hidden, c.Width));
    }

    /// <summary>fc1, or both halves of the SwiGLU.</summary>
    public Linear In { get; }

    /// <summary>fc2.</summary>
    public Linear Out { get; }

    /// <summary>residual + scale * MLP(x). [batch, tokens, d] -> [batch, tokens, d].</summary>
    public Tensor Forward(Tensor x, Tensor scale, Tensor residual)
    {
        if (!_gated)
        {
            return Out.Forward(In.Forward(x, Activation.Gelu), scale: scale, residual: residual);
        }

        Tensor h = In.Forward(x);
        Tensor gate = Ops.Activate(Activation.Silu, h.Slice(-1, 0, _hidden));
        return Out.Forward(Ops.Multiply(gate, h.Slice(-1, _hidden, _hidden)), scale: scale, residual: residual);
    }
}
