using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>A forward pass of one picture with somebody at some layers. One at a time for each model: taps are attached to it.</summary>
internal sealed class ListeningPass : IDisposable
{
    private readonly ExpressionModel _model;
    private readonly List<LayerTap> _taps = [];
    private readonly IDisposable _step, _paused;

    /// <param name="model">The model.</param>
    /// <param name="layers">Where to listen.</param>
    /// <param name="see">See <see cref="LayerTap"/>.</param>
    internal ListeningPass(ExpressionModel model, IReadOnlyList<Linear> layers, Func<Linear, Tensor, Tensor, Tensor> see)
    {
        _model = model;
        Monitor.Enter(model.Classifier);
        _step = Tape.Step();
        _paused = Tape.NoGrad();
        _taps.AddRange(layers.Select(layer => new LayerTap(layer, see)));
    }

    /// <summary>Records from here on; until then the blocks cost what they cost in inference.</summary>
    internal void Record() => _paused.Dispose();

    /// <summary>The logits <c>[1, classes]</c>. The last block computes all tokens, also those that no head reads: they have places on a map.</summary>
    internal Tensor Run(ReadOnlySpan<float> pixels)
    {
        int size = _model.Preprocessing.Size;
        return _model.Classifier.Classify(_model.Classifier.Backbone.Encode(Tensor.From(pixels, [1, 3, size, size])));
    }

    public void Dispose()
    {
        _taps.ForEach(tap => tap.Dispose());
        _paused.Dispose();
        _step.Dispose();
        Monitor.Exit(_model.Classifier);
    }
}
