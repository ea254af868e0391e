using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>
/// The vision tower: patches with rotary positions of rows and columns, no class token, and a merger. In Qwen2-VL every patch sees its whole image; in
/// 2.5 most blocks look within windows.
/// </summary>
public sealed class QwenVisionTower : Module
{
    /// <summary>Declares the tower; weights come from a checkpoint or <see cref="Module.Initialize"/>.</summary>
    public QwenVisionTower(QwenVisionConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Check("qwen-vl vision");
        Config = config;

        // A convolution whose stride is its kernel, stored as one; patches come as rows, so that it is a matrix product.
        Shape shape = [config.Width, config.Channels, config.Frames, config.Patch, config.Patch];
        PatchWeight = Declare("patch_embed.proj.weight", shape, Init.Uniform(1 / Math.Sqrt(config.PatchLength)));
        Blocks = Children("blocks", config.Depth, _ => new QwenVisionBlock(config));
        Merger = Child("merger", new QwenMerger(config));
    }

    /// <summary>Sizes and options.</summary>
    public QwenVisionConfig Config { get; }

    /// <summary><c>[width, channels, frames, patch, patch]</c>.</summary>
    public Parameter PatchWeight { get; }

    /// <summary>The blocks, first to last.</summary>
    public IReadOnlyList<QwenVisionBlock> Blocks { get; }

    /// <summary>After the last block.</summary>
    public QwenMerger Merger { get; }

    /// <summary>The visual tokens of images, one image after another.</summary>
    /// <param name="images">At least one.</param>
    /// <returns><c>[tokens, d]</c>.</returns>
    /// <exception cref="HkaFerException">An image has other patches than the tower reads.</exception>
    public Tensor Forward(params IReadOnlyList<QwenImage> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        foreach (QwenImage image in images)
        {
            Check(image);
        }

        var order = new QwenPatchOrder(Config, images);
        Tensor patches = images.Count == 1 ? images[0].Patches : Ops.Concat(0, [.. images.Select(image => image.Patches)]);
        Tensor x = Ops.Linear(order.Permute(patches), PatchWeight.Value.Reshape(Config.Width, -1));
        QwenAngles angles = QwenAngles.OfPatches(Config, order.Positions);
        for (int i = 0; i < Blocks.Count; i++)
        {
            QwenVisionBlock block = Blocks[i];
            int[] sequences = Config.Windowed && !Config.FullBlocks.Contains(i) ? order.Windows : order.Images;
            x = Tape.Local(t => block.Forward(t, angles, sequences), x);
        }

        return order.Restore(Merger.Forward(x));
    }

    private void Check(QwenImage image)
    {
        if (image.Patches.Shape != Shape.Create([image.Rows * image.Columns, Config.PatchLength]) || image.Rows < 1 || image.Columns < 1
            || image.Rows % Config.Merge != 0 || image.Columns % Config.Merge != 0)
        {
            throw new HkaFerException(
                $"qwen-vl: an image of {image.Rows} x {image.Columns} patches {image.Patches.Shape} does not fit; expected multiples of {Config.Merge} and {Config.PatchLength} values a patch");
        }
    }
}
