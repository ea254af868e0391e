using HkaFer.Data;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>The pictures of a batch as a model reads them.</summary>
internal static class BatchPixels
{
    /// <summary>A copy, <c>[count, 3, size, size]</c>.</summary>
    internal static Tensor ToTensor(this Batch batch) =>
        Tensor.From(batch.Pixels.AsSpan(0, batch.Count * 3 * batch.Size * batch.Size), [batch.Count, 3, batch.Size, batch.Size]);
}
