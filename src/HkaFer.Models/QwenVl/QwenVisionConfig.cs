using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Sizes and options of the vision tower of a Qwen2-VL or Qwen2.5-VL.</summary>
public sealed record QwenVisionConfig
{
    /// <summary>Whether it is the tower of 2.5: RMS norms, gated MLP, attention in windows.</summary>
    public required bool Windowed { get; init; }

    /// <summary>Width of the tokens that the merger gives: the language model's.</summary>
    public required int OutWidth { get; init; }

    /// <summary>Number of blocks.</summary>
    public int Depth { get; init; } = 32;

    /// <summary>Embedding width.</summary>
    public int Width { get; init; } = 1280;

    /// <summary>Attention heads a block.</summary>
    public int Heads { get; init; } = 16;

    /// <summary>Hidden width of the MLP.</summary>
    public int MlpWidth { get; init; } = 5120;

    /// <summary>Between the layers of an MLP that is not gated.</summary>
    public Activation Activation { get; init; } = Activation.QuickGelu;

    /// <summary>Colours.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Frames of a patch.</summary>
    public int Frames { get; init; } = 2;

    /// <summary>Edge of a patch in pixels.</summary>
    public int Patch { get; init; } = 14;

    /// <summary>Edge in patches of the block that becomes one token.</summary>
    public int Merge { get; init; } = 2;

    /// <summary>Edge of an attention window in pixels.</summary>
    public int Window { get; init; } = 112;

    /// <summary>The blocks whose attention sees the whole image.</summary>
    public IReadOnlyList<int> FullBlocks { get; init; } = [7, 15, 23, 31];

    /// <summary>Epsilon of the norms; no config states it.</summary>
    public static double NormEpsilon => 1e-6;

    /// <summary>Values of a patch: channels, frames, rows, columns.</summary>
    public int PatchLength => Channels * Frames * Patch * Patch;

    /// <summary>Edge of an attention window in merged tokens.</summary>
    public int WindowTokens => Window / Patch / Merge;

    internal static QwenVisionConfig Read(ConfigReader vision, bool windowed, int textWidth, string where)
    {
        // In 2 the width stands under embed_dim, and hidden_size is the language model's; in 2.5 hidden_size is the width.
        int width = vision.Size(windowed ? "hidden_size" : "embed_dim", 1280);
        double ratio = vision.Number("mlp_ratio", 4);
        if (!windowed && !(ratio is > 0 and <= 64 && Math.Floor(ratio * width) >= 1))
        {
            throw new HkaFerException($"{where}: mlp_ratio is {ratio}; expected a number above 0 and up to 64");
        }

        string activation = vision.Text("hidden_act", windowed ? "silu" : "quick_gelu");
        var config = new QwenVisionConfig
        {
            Windowed = windowed,
            OutWidth = vision.Size(windowed ? "out_hidden_size" : "hidden_size", textWidth),
            Depth = vision.Size("depth", 32),
            Width = width,
            Heads = vision.Size("num_heads", 16),
            MlpWidth = windowed ? vision.Size("intermediate_size", 3420) : (int)(width * ratio),
            Channels = vision.Size(vision.Has("in_channels") ? "in_channels" : "in_chans", 3, limit: 64),
            Frames = vision.Size("temporal_patch_size", 2, limit: 64),
            Patch = vision.Size("patch_size", 14, limit: 256),
            Merge = vision.Size("spatial_merge_size", 2, limit: 16),
            Window = windowed ? vision.Size("window_size", 112) : 112,
            FullBlocks = windowed ? vision.Integers("fullatt_block_indexes") ?? [7, 15, 23, 31] : [],
            Activation = (windowed, activation) switch
            {
                (true, "silu") => Activation.Silu,
                (false, "quick_gelu") => Activation.QuickGelu,
                (false, "gelu") => Activation.Gelu,
                _ => throw new HkaFerException($"{where}: hidden_act is '{activation}'; expected '{(windowed ? "silu" : "quick_gelu' or 'gelu")}'"),
            },
        };
        config.Check(where);
        return config.OutWidth == textWidth
            ? config
            : throw new HkaFerException($"{where}: the tower's tokens have width {config.OutWidth}, the language model's hidden_size is {textWidth}; expected the same");
    }

    /// <summary>Checks that the sizes fit each other.</summary>
    /// <exception cref="HkaFerException">They do not.</exception>
    public void Check(string where)
    {
        if (Heads < 1 || Width % Heads != 0 || Width / Heads % 4 != 0)
        {
            throw new HkaFerException($"{where}: width {Width} does not divide into {Heads} heads (num_heads) whose width is a multiple of 4");
        }

        if (Depth is < 1 or > VitConfig.MaxDepth)
        {
            throw new HkaFerException($"{where}: depth is {Depth}; expected 1 to {VitConfig.MaxDepth}");
        }

        if (Windowed && (Window < Patch * Merge || Window % (Patch * Merge) != 0))
        {
            throw new HkaFerException($"{where}: window_size {Window} is not a multiple of {Patch * Merge} pixels (patch_size {Patch} times spatial_merge_size {Merge})");
        }

        if (MlpWidth < 1 || OutWidth < 1 || (long)Width * Merge * Merge > 1 << 24)
        {
            throw new HkaFerException($"{where}: a size is out of range (MLP {MlpWidth}, output {OutWidth}, width {Width} in blocks of {Merge} x {Merge})");
        }
    }
}
