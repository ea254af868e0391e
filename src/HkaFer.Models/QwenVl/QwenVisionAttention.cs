using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Attention of the vision tower, with rotary positions of rows and columns.</summary>
public sealed class QwenVisionAttention : Module
{
    private readonly int _heads, _width;

    /// <summary>Declares the layers.</summary>
    public QwenVisionAttention(QwenVisionConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        (_heads, _width) = (config.Heads, config.Width);
        Qkv = Child("qkv", new Linear(config.Width, 3 * config.Width));
        Proj = Child("proj", new Linear(config.Width, config.Width));
    }

    /// <summary>Queries, keys and values, fused as the checkpoint has them.</summary>
    public Linear Qkv { get; }

    /// <summary>After the heads are joined.</summary>
    public Linear Proj { get; }

    internal Tensor Forward(Tensor x, QwenAngles angles, int[] sequences)
    {
        Tensor qkv = Qkv.Forward(x), v = qkv.Slice(1, 2 * _width, _width);
        Tensor q = angles.Turn(qkv.Slice(1, 0, _width), _heads), k = angles.Turn(qkv.Slice(1, _width, _width), _heads);
        return Proj.Forward(Ops.SequenceAttention(q, k, v, _heads, _heads, 1 / Math.Sqrt((double)_width / _heads), false, sequences));
    }
}
