using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>
/// A forward pass that is recorded from some layers on, so that gradients with respect to what they read and give can be had: the blocks before cost what they
/// cost in inference. The layers run once more on their input, which is a leaf of the tape then; the values are the same.
/// </summary>
internal sealed class GradientPass : IDisposable
{
    private readonly ListeningPass _pass;
    private Tensor? _input, _output;

    /// <param name="model">The model.</param>
    /// <param name="layers">Layers that read the same tokens.</param>
    internal GradientPass(ExpressionModel model, IReadOnlyList<Linear> layers) => _pass = new ListeningPass(model, layers, See);

    /// <summary>What the layers read, <c>[1, tokens, in]</c>.</summary>
    internal Tensor Input => _input ?? throw new InvalidOperationException("explain: the pass has not run");

    /// <summary>What the last of the layers gave, adapters included, <c>[1, tokens, out]</c>.</summary>
    internal Tensor Output => _output ?? throw new InvalidOperationException("explain: the pass has not run");

    /// <summary>The logit of a class, before the softmax.</summary>
    internal Tensor Logit(ReadOnlySpan<float> pixels, int label) => _pass.Run(pixels).Slice(1, label, 1);

    public void Dispose() => _pass.Dispose();

    private Tensor See(Linear layer, Tensor x, Tensor y)
    {
        if (_input is null)
        {
            _input = x.Detach();
            _input.RequiresGrad = true;
            _pass.Record();
        }

        return _output = layer.Forward(_input);
    }
}
