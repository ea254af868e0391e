using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>down(silu(gate(x)) * up(x)): SwiGLU (Shazeer 2020) with its three layers apart.</summary>
public sealed class GatedMlp : Module
{
    /// <param name="width">Input and output width.</param>
    /// <param name="hidden">Width between.</param>
    /// <param name="bias">Whether the layers have biases.</param>
    public GatedMlp(int width, int hidden, bool bias)
    {
        Gate = Child("gate_proj", new Linear(width, hidden, bias));
        Up = Child("up_proj", new Linear(width, hidden, bias));
        Down = Child("down_proj", new Linear(hidden, width, bias));
    }

    /// <summary>What opens.</summary>
    public Linear Gate { get; }

    /// <summary>What is let through.</summary>
    public Linear Up { get; }

    /// <summary>Back to the width.</summary>
    public Linear Down { get; }

    /// <summary>[.., width] -> [.., width].</summary>
    public Tensor Forward(Tensor x) => Down.Forward(Ops.Multiply(Ops.Activate(Activation.Silu, Gate.Forward(x)), Up.Forward(x)));
}
