using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Testing;

/// <summary>A reference dump of a Qwen-VL: a batch of texts, padded on the right, and the images that they share out among them in order.</summary>
public sealed class QwenCase
{
    /// <summary>Reads a dump.</summary>
    /// <param name="dump">Of kind <c>qwen2vl</c> or <c>qwen25vl</c>.</param>
    /// <param name="merge">Edge of a block of patches.</param>
    public QwenCase(FixtureCase dump, int merge)
    {
        Dump = dump;
        int length = dump.Tensor("input_ids").Shape[1], imageToken = dump.Config.GetProperty("image_token").GetInt32();
        long[][] masks = [.. dump.Tensor("attention_mask").Longs().Chunk(length)];
        Ids = [.. Rows("input_ids", length).Select((row, i) => row[..(int)masks[i].Sum()])];
        Labels = [.. Rows("labels", length).Select((row, i) => row[..Ids[i].Length])];
        FixtureTensor pixels = dump.Tensor("pixel_values");
        var images = new Queue<QwenImage>();
        int at = 0;
        foreach (int[] grid in Rows("image_grid_thw", 3))
        {
            int values = grid[1] * grid[2] * pixels.Shape[1];
            images.Enqueue(QwenImage.From(pixels.Floats()[at..(at + values)], grid[1], grid[2]));
            at += values;
        }

        AllImages = [.. images];
        Images = [.. Ids.Select(ids =>
        {
            var own = new List<QwenImage>();
            for (int tokens = ids.Count(id => id == imageToken); tokens > 0; tokens -= own[^1].Tokens(merge))
            {
                own.Add(images.Dequeue());
            }

            return own;
        })];
    }

    /// <summary>The dump.</summary>
    public FixtureCase Dump { get; }

    /// <summary>The texts, without padding.</summary>
    public int[][] Ids { get; }

    /// <summary>The texts' tokens where they are to be learnt, -100 where nothing counts.</summary>
    public int[][] Labels { get; }

    /// <summary>The images of each text.</summary>
    public IReadOnlyList<QwenImage>[] Images { get; }

    /// <summary>All images.</summary>
    public IReadOnlyList<QwenImage> AllImages { get; }

    /// <summary>An integer tensor by rows.</summary>
    public int[][] Rows(string name, int length) => [.. Dump.Tensor(name).Longs().Select(x => (int)x).Chunk(length)];

    /// <summary>The checkpoint's folder.</summary>
    public string Checkpoint => Path.Combine(Dump.Folder, "checkpoint");
}
