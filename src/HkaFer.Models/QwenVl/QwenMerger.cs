using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Makes one token of the language model's width from each block of patches.</summary>
public sealed class QwenMerger : Module
{
    private readonly Func<Tensor, Tensor> _norm;

    /// <summary>Declares the layers.</summary>
    public QwenMerger(QwenVisionConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        int joined = config.Width * config.Merge * config.Merge;
        _norm = config.Windowed
            ? Child("ln_q", new RmsNorm(config.Width, QwenVisionConfig.NormEpsilon)).Forward
            : Child("ln_q", new LayerNorm(config.Width, QwenVisionConfig.NormEpsilon)).Forward;
        In = Child("mlp.0", new Linear(joined, joined));
        Out = Child("mlp.2", new Linear(joined, config.OutWidth));
    }

    /// <summary>On the joined patches.</summary>
    public Linear In { get; }

    /// <summary>To the language model's width.</summary>
    public Linear Out { get; }

    /// <summary>[patches, width] -> [patches / block, d].</summary>
    public Tensor Forward(Tensor x) => Out.Forward(Ops.Gelu(In.Forward(_norm(x).Reshape(-1, In.In))));
}
