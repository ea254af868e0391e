using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>One block of the language model.</summary>
public sealed class QwenBlock : Module
{
    /// <summary>Declares the block.</summary>
    public QwenBlock(QwenTextConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        InputNorm = Child("input_layernorm", new RmsNorm(config.Width, config.NormEpsilon));
        Attention = Child("self_attn", new QwenAttention(config));
        MlpNorm = Child("post_attention_layernorm", new RmsNorm(config.Width, config.NormEpsilon));
        Mlp = Child("mlp", new GatedMlp(config.Width, config.MlpWidth, bias: false));
    }

    /// <summary>Before the attention.</summary>
    public RmsNorm InputNorm { get; }

    /// <summary>The attention.</summary>
    public QwenAttention Attention { get; }

    /// <summary>Before the MLP.</summary>
    public RmsNorm MlpNorm { get; }

    /// <summary>The MLP.</summary>
    public GatedMlp Mlp { get; }

    internal Tensor Forward(Tensor x, QwenAngles angles, QwenCache? cache, int layer)
    {
        x = Ops.Add(x, Attention.Forward(InputNorm.Forward(x), angles, cache, layer));
        return Ops.Add(x, Mlp.Forward(MlpNorm.Forward(x)));
    }
}
