using HkaFer.Adapters;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Bench;

/// <summary>A classifier with random weights and a batch of random pictures.</summary>
internal sealed class StepModel
{
    private const int Classes = 7;
    private readonly float[] _pixels;
    private readonly int[] _labels;
    private readonly Device _device;
    private readonly Shape _shape;
    private readonly Adapter? _adapter;

    public StepModel(StepSettings settings, Device device)
    {
        VitConfig config = settings.Config;
        _device = device;
        Classifier = new Classifier(new VisionTransformer(config), [.. Enumerable.Range(0, Classes).Select(i => $"class {i}")]);
        if (settings.Adapter is { } kind)
        {
            _adapter = Classifier.Adapt(kind);
        }
        else
        {
            Classifier.TrainHeadOnly();
        }

        Classifier.Initialize(1);
        Classifier.Backbone.ActivationCheckpointing = settings.Checkpointing;
        Parameters = [.. Classifier.Parameters().Concat(_adapter?.Parameters() ?? []).Select(p => p.Parameter)];
        foreach ((string path, Parameter parameter) in _adapter?.Parameters() ?? [])
        {
            // What starts at zero would hide a wrong kernel, and a product with zeros may be faster.
            Init init = parameter.Init is { Kind: InitKind.Constant, Scale: 0 } ? Init.Normal(0.02) : parameter.Init;
            parameter.Value = init.Draw(parameter.Shape, 2, path);
        }

        foreach (Parameter parameter in Parameters.Where(_ => device != Device.Default))
        {
            parameter.Value = Tensor.From<float>(parameter.Value.ToFloats(), parameter.Shape, device).Keep();
        }

        if (settings.DType == DType.BFloat16)
        {
            Classifier.Backbone.NarrowFrozenLayers();
        }

        var rng = new Rng(3);
        _shape = [settings.Batch, config.Channels, settings.Size, settings.Size];
        _pixels = [.. Enumerable.Range(0, checked((int)_shape.Count)).Select(_ => (float)rng.Normal())];
        _labels = [.. Enumerable.Range(0, settings.Batch).Select(i => i % Classes)];
    }

    /// <summary>Backbone and head.</summary>
    public Classifier Classifier { get; }

    /// <summary>All weights.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Logits without recording.</summary>
    public float[] Forward()
    {
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        return Classifier.Forward(Pixels()).ToFloats();
    }

    /// <summary>As <see cref="Forward"/>, without the adapter.</summary>
    public float[] FrozenForward()
    {
        if (_adapter is null)
        {
            return Forward();
        }

        _adapter.Enabled = false;
        try
        {
            return Forward();
        }
        finally
        {
            _adapter.Enabled = true;
        }
    }

    /// <summary>Forward and backward; gradients lie in the trainable parameters.</summary>
    public void Backward() => Ops.CrossEntropy(Classifier.Forward(Pixels()), _labels).Backward();

    private Tensor Pixels() => Tensor.From<float>(_pixels, _shape, _device);
}
