using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>One block of the vision tower: attention and MLP, each normalised first and added.</summary>
public sealed class QwenVisionBlock : Module
{
    private readonly Func<Tensor, Tensor> _norm1, _norm2, _mlp;

    /// <summary>Declares the block.</summary>
    public QwenVisionBlock(QwenVisionConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        _norm1 = Norm("norm1", config);
        _norm2 = Norm("norm2", config);
        Attention = Child("attn", new QwenVisionAttention(config));
        if (config.Windowed)
        {
            _mlp = Child("mlp", new GatedMlp(config.Width, config.MlpWidth, bias: true)).Forward;
        }
        else
        {
            Linear fc1 = Child("mlp.fc1", new Linear(config.Width, config.MlpWidth)), fc2 = Child("mlp.fc2", new Linear(config.MlpWidth, config.Width));
            _mlp = x => fc2.Forward(Ops.Activate(config.Activation, fc1.Forward(x)));
        }
    }

    /// <summary>The attention.</summary>
    public QwenVisionAttention Attention { get; }

    /// <summary>[patches, width]; patches see those of their own sequence.</summary>
    internal Tensor Forward(Tensor x, QwenAngles angles, int[] sequences)
    {
        x = Ops.Add(x, Attention.Forward(_norm1(x), angles, sequences));
        return Ops.Add(x, _mlp(_norm2(x)));
    }

    private Func<Tensor, Tensor> Norm(string name, QwenVisionConfig config) => config.Windowed
        ? Child(name, new RmsNorm(config.Width, QwenVisionConfig.NormEpsilon)).Forward
        : Child(name, new LayerNorm(config.Width, QwenVisionConfig.NormEpsilon)).Forward;
}
