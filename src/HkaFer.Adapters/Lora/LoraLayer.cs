using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>Scale times B A beside a linear layer.</summary>
public sealed class LoraLayer : LowRankLayer
{
    private readonly double _dropout;

    internal LoraLayer(string path, int input, int output, LoRA config)
        : base(path, input, output, config) => _dropout = config.Dropout;

    /// <inheritdoc/>
    internal override bool WritesInPlace => true;

    /// <inheritdoc/>
    /// <remarks>As precise as the layer it stands beside.</remarks>
    internal override Tensor AddTo(Tensor x, Tensor y) =>
        Ops.AddLowRank(y, Seen(x), A, B, Config.Scale, Start, narrow: Base is { IsNarrow: true });

    /// <inheritdoc/>
    protected override Tensor AddEnabled(Tensor x, Tensor y) => Ops.AddLowRank(y, Seen(x), A, B, Config.Scale);

    /// <summary>What training lets the adapter see of the input. A frozen adapter, one of an earlier stage, sees all of it.</summary>
    private Tensor Seen(Tensor x) => _dropout > 0 && A.Trainable ? AdapterDropout.Of(x, this, _dropout) : x;
}
