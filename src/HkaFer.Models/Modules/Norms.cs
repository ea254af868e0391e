using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Layer normalisation over the last axis.</summary>
public sealed class LayerNorm : Module
{
    /// <param name="width">Size of the last axis.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public LayerNorm(int width, double epsilon)
    {
        Epsilon = epsilon;
        Gain = Declare("weight", [width], Init.Ones);
        Bias = Declare("bias", [width], Init.Zeros);
    }

    /// <summary>Gain <c>[width]</c>.</summary>
    public Parameter Gain { get; }

    /// <summary>Bias <c>[width]</c>.</summary>
    public Parameter Bias { get; }

    /// <summary>Added to the variance.</summary>
    public double Epsilon { get; }

    /// <summary>Shape of x.</summary>
    public Tensor Forward(Tensor x) => Ops.LayerNorm(x, Gain, Bias, Epsilon);
}

/// <summary>Root-mean-square normalisation over the last axis.</summary>
public sealed class RmsNorm : Module
{
    private readonly double _epsilon;

    /// <param name="width">Size of the last axis.</param>
    /// <param name="epsilon">Added to the mean of squares.</param>
    public RmsNorm(int width, double epsilon)
    {
        _epsilon = epsilon;
        Gain = Declare("weight", [width], Init.Ones);
    }

    /// <summary>Gain <c>[width]</c>.</summary>
    public Parameter Gain { get; }

    /// <summary>Shape of x.</summary>
    public Tensor Forward(Tensor x) => Ops.RmsNorm(x, Gain, _epsilon);
}

/// <summary>A gain per channel on a residual branch; the branch's last layer applies it.</summary>
public sealed class LayerScale : Module
{
    /// <param name="width">Size of the last axis.</param>
    /// <param name="initial">First value.</param>
    public LayerScale(int width, double initial) => Lambda = Declare("lambda1", [width], Init.Constant(initial));

    /// <summary>The gains <c>[width]</c>.</summary>
    public Parameter Lambda { get; }
}
