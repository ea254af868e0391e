using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Frozen weights that are packed for their products once, and not in every forward pass.</summary>
public static class FrozenPacking
{
    /// <summary>Room for a ViT-B in float32. A larger model spends less of its time on packing, and its memory twice over would be missed.</summary>
    public const long DefaultLimit = 512L << 20;

    /// <summary>
    /// Lets the frozen linear layers below a module keep their weights packed, from their next forward pass on: for a model that is loaded to be used. The results
    /// are the same bits; memory grows by the weights of these layers, for bfloat16 by twice that where gradients pass through them. Does nothing where they take more than <paramref name="limit"/>.
    /// </summary>
    /// <param name="module">The model. Weights that are replaced later, as by merging an adapter, are packed no longer.</param>
    /// <param name="limit">Bytes.</param>
    public static void PackFrozenLayers(this Module module, long limit = DefaultLimit)
    {
        ArgumentNullException.ThrowIfNull(module);
        Tensor[] weights = [.. Weights(module).Where(weight => !weight.RequiresGrad)];
        if (weights.Sum(weight => weight.Count * weight.DType.Size()) > limit)
        {
            return;
        }

        foreach (Tensor weight in weights)
        {
            weight.KeepPacked();
        }
    }

    /// <summary>Gives the memory of <see cref="PackFrozenLayers"/> back.</summary>
    public static void UnpackFrozenLayers(this Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        foreach (Tensor weight in Weights(module))
        {
            weight.DropPacked();
        }
    }

    private static IEnumerable<Tensor> Weights(Module module) =>
        module.Modules().Select(part => part.Module).OfType<Linear>().Where(layer => layer.Weight.IsReady).Select(layer => layer.Weight.Value);
}
