using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>
/// A trained bias in the place of a layer's own (<c>bias</c> in the PEFT library's config). It adds the difference, so that the stored bias stays
/// and several adapters on one backbone can each have theirs.
/// </summary>
public sealed class BiasLayer : AdapterLayer
{
    internal BiasLayer(string path, int input, int output)
        : base(path, input, output) => Bias = Declare("bias", [output], Init.Zeros);

    /// <summary>The whole bias <c>[out]</c>, not the difference; a new one is the layer's.</summary>
    public Parameter Bias { get; }

    private Tensor Own => (Base?.Bias ?? throw new HkaFerException($"bias: {LayerPath}: the layer has no bias to stand for")).Value.Slice(0, Start, Out);

    /// <inheritdoc/>
    internal override bool IsWrittenByParts => true;

    /// <inheritdoc/>
    internal override IEnumerable<FileTensor> FileTensors() => [new("base_layer.bias", Bias, true)];

    /// <inheritdoc/>
    internal override void Draw(ulong seed)
    {
        if (!Bias.IsReady)
        {
            using IDisposable paused = Tape.NoGrad();
            Bias.Value = Own.Clone().Keep();
        }
    }

    /// <inheritdoc/>
    public override Tensor MergedWeight(Tensor weight) => weight;

    /// <inheritdoc/>
    internal override Tensor? MergedBias(Tensor? bias)
    {
        ArgumentNullException.ThrowIfNull(bias);
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        Tensor merged = bias.Clone();
        merged.Slice(0, Start, Out).CopyFrom(Bias.Value);
        return merged.Keep();
    }

    /// <inheritdoc/>
    protected override Tensor AddEnabled(Tensor x, Tensor y) => Ops.AddBroadcast(y, Ops.Add(Bias, Ops.Scale(Own, -1)));
}
