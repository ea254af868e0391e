using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>Scale times B A beside a linear layer.</summary>
public sealed class LoraLayer : LowRankLayer
{
    internal LoraLayer(string path, int input, int output, LowRankConfig config)
        : base(path, input, output, config)
    {
    }

    /// <inheritdoc/>
    internal override bool WritesInPlace => true;

    /// <inheritdoc/>
    internal override Tensor AddTo(Tensor x, Tensor y) => Ops.AddLowRank(y, x, A, B, Config.Scale, Start);

    /// <inheritdoc/>
    protected override Tensor AddEnabled(Tensor x, Tensor y) => Ops.AddLowRank(y, x, A, B, Config.Scale);
}
