using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>B A beside a linear layer. A starts Kaiming-uniform, B zero, so a new adapter changes nothing.</summary>
public sealed class LoraLayer : AdapterLayer
{
    private readonly double _scale;

    internal LoraLayer(string path, int input, int output, int rank, double scale)
        : base(path, input, output)
    {
        _scale = scale;
        A = Declare("lora_A", [rank, input], Init.Uniform(1 / Math.Sqrt(input)));
        B = Declare("lora_B", [output, rank], Init.Zeros);
    }

    /// <summary>A <c>[rank, in]</c>.</summary>
    public Parameter A { get; }

    /// <summary>B <c>[out, rank]</c>.</summary>
    public Parameter B { get; }

    /// <inheritdoc/>
    protected override Tensor AddEnabled(Tensor x, Tensor y) => Ops.AddLowRank(y, x, A, B, _scale);
}
