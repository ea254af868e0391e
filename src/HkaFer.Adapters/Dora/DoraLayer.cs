using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>
/// c (W x + s B A x) + b with c = m / |W + s B A| by rows. Of the layer's output, which has the bias in it already, that is c y + (1 - c) b.
/// </summary>
public sealed class DoraLayer : LowRankLayer
{
    internal DoraLayer(string path, int input, int output, LowRankConfig config)
        : base(path, input, output, config) => Magnitude = Declare("lora_magnitude_vector", [output], Init.Ones);

    /// <summary>m <c>[out]</c>; a new one is the norms of the layer's weight, which <see cref="Parameter.Init"/> cannot say.</summary>
    public Parameter Magnitude { get; }

    /// <inheritdoc/>
    internal override bool ReadsOutput => true;

    private Linear Beside => Base ?? throw new HkaFerException($"dora: {LayerPath}: needs the weight of the layer that it stands beside; attach it first");

    private Tensor Weight => Beside.Weight.Value.Slice(0, Start, Out);

    /// <inheritdoc/>
    internal override IEnumerable<FileTensor> FileTensors() => [.. base.FileTensors(), new("lora_magnitude_vector", Magnitude, true)];

    /// <inheritdoc/>
    internal override void Draw(ulong seed)
    {
        if (!Magnitude.IsReady)
        {
            using IDisposable paused = Tape.NoGrad();
            Magnitude.Value = Ops.RowNorms(Weight.To(DType.Float32)).Keep();
        }

        base.Draw(seed);
    }

    /// <inheritdoc/>
    protected override Tensor AddEnabled(Tensor x, Tensor y)
    {
        CheckAlone();
        Tensor c = Factor();
        Tensor scaled = Ops.AddScaled(Ops.AddLowRank(y, x, A, B, Config.Scale), c, null);
        if (Beside.Bias is null)
        {
            return scaled;
        }

        Tensor bias = Beside.Bias.Value.Slice(0, Start, Out);
        return Ops.AddBroadcast(scaled, Ops.Add(bias, Ops.Scale(Ops.Multiply(bias, c), -1)));
    }

    /// <inheritdoc/>
    protected override Tensor AddToColumns(Tensor x, Tensor y) => Ops.AddScaled(Ops.AddLowRank(y, x, A, B, Config.Scale), Factor(), null);

    private Tensor Factor() => Ops.MagnitudeScale(Magnitude, Weight, A, B, Config.Scale);

    /// <summary>Each would scale what the other has added.</summary>
    private void CheckAlone()
    {
        if (AdapterMixture.Current is null && Beside.Adapters.OfType<DoraLayer>().FirstOrDefault(Overlaps) is { } other)
        {
            throw new HkaFerException(
                $"dora: {LayerPath} has two of them enabled ({Owner?.Name}, {other.Owner?.Name}), and each would scale the other's share; disable one");
        }
    }

    private bool Overlaps(DoraLayer other) =>
        other != this && other.Enabled && !other.Merged && other.Start < Start + Out && Start < other.Start + other.Out;
}
