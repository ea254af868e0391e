using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>Sizes of a small Qwen2-VL: under 4 million weights, 8 MB in bfloat16.</summary>
public sealed record DescribeModel
{
    /// <summary>Width of the language model.</summary>
    public int Width { get; init; } = 192;

    /// <summary>Blocks of the language model.</summary>
    public int Depth { get; init; } = 5;

    /// <summary>Its heads; half as many for keys and values.</summary>
    public int Heads { get; init; } = 6;

    /// <summary>Width of the vision tower.</summary>
    public int VisionWidth { get; init; } = 128;

    /// <summary>Blocks of the vision tower.</summary>
    public int VisionDepth { get; init; } = 6;

    /// <summary>Its heads.</summary>
    public int VisionHeads { get; init; } = 4;

    /// <summary>Edge of a patch in pixels; four patches are a token.</summary>
    public int Patch { get; init; } = 8;

    /// <summary>Most entries of the vocabulary.</summary>
    public int Vocabulary { get; init; } = 1000;

    /// <summary>The model for a vocabulary.</summary>
    internal QwenVlConfig Config(QwenTokenizer tokenizer)
    {
        int head = Width / Heads, quarter = head / 8;
        return new QwenVlConfig
        {
            Text = new QwenTextConfig
            {
                Width = Width,
                MlpWidth = Width * 5 / 2,
                Depth = Depth,
                Heads = Heads,
                KeyHeads = Heads % 2 == 0 ? Heads / 2 : Heads,
                HeadWidth = head,
                RopeSections = [(head / 2) - (2 * quarter), quarter, quarter],
                RopeBase = 10_000,
                Vocabulary = tokenizer.ImagePad + 2,
                Context = 1024,
                Tied = true,
            },
            Vision = new QwenVisionConfig
            {
                Windowed = false,
                OutWidth = Width,
                Depth = VisionDepth,
                Width = VisionWidth,
                Heads = VisionHeads,
                MlpWidth = 4 * VisionWidth,
                Patch = Patch,
                Activation = Activation.QuickGelu,
            },
            ImageToken = tokenizer.ImagePad,
            VideoToken = tokenizer.ImagePad + 1,
            VisionStartToken = tokenizer.ImagePad - 2,
            VisionEndToken = tokenizer.ImagePad - 1,
        };
    }
}
