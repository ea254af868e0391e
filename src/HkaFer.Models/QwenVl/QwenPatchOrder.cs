using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>
/// The order in which the tower works on patches: windows one after another, so that each is a range. Blocks of patches move as one; the merged tokens go
/// back to the order of the images. Without windows nothing moves.
/// </summary>
internal sealed class QwenPatchOrder
{
    private readonly int _block;
    private readonly int[] _order;

    internal QwenPatchOrder(QwenVisionConfig config, IReadOnlyList<QwenImage> images)
    {
        _block = config.Merge * config.Merge;
        var order = new List<int>();
        var positions = new List<(int, int)>();
        var windows = new List<int>();
        foreach (QwenImage image in images)
        {
            int rows = image.Rows / config.Merge, columns = image.Columns / config.Merge, first = order.Count;

            // Windows start at the image's corner and are cut off at its right and lower edge.
            int height = config.Windowed ? config.WindowTokens : rows, width = config.Windowed ? config.WindowTokens : columns;
            for (int top = 0; top < rows; top += height)
            {
                for (int left = 0; left < columns; left += width)
                {
                    int start = order.Count;
                    for (int row = top; row < Math.Min(rows, top + height); row++)
                    {
                        for (int column = left; column < Math.Min(columns, left + width); column++)
                        {
                            order.Add(first + (row * columns) + column);
                            positions.AddRange(Enumerable.Range(0, _block).Select(i => ((row * config.Merge) + (i / config.Merge), (column * config.Merge) + (i % config.Merge))));
                        }
                    }

                    windows.Add((order.Count - start) * _block);
                }
            }
        }

        (_order, Positions, Windows) = ([.. order], positions, [.. windows]);
        Images = [.. images.Select(image => image.Rows * image.Columns)];
    }

    /// <summary>Row and column of each patch in its image, in the tower's order.</summary>
    internal IReadOnlyList<(int Row, int Column)> Positions { get; }

    /// <summary>Patches of each window, in the tower's order.</summary>
    internal int[] Windows { get; }

    /// <summary>Patches of each image.</summary>
    internal int[] Images { get; }

    private bool Moves => !_order.AsSpan().SequenceEqual(Enumerable.Range(0, _order.Length).ToArray());

    /// <summary>Patches from the images' order to the tower's.</summary>
    internal Tensor Permute(Tensor patches) =>
        Moves ? Ops.Gather(patches.Reshape(_order.Length, -1), _order).Reshape(patches.Shape.Sizes) : patches;

    /// <summary>Merged tokens back to the images' order.</summary>
    internal Tensor Restore(Tensor tokens)
    {
        if (!Moves)
        {
            return tokens;
        }

        var back = new int[_order.Length];
        for (int i = 0; i < back.Length; i++) { back[_order[i]] = i; }
        return Ops.Gather(tokens, back);
    }
}
