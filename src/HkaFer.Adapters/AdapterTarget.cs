using HkaFer.Models;

namespace HkaFer.Adapters;

/// <summary>What an adapter's layer stands beside: a linear layer, or one of the checkpoint's layers that are fused into it.</summary>
/// <param name="Path">The path: the layer's own, or that of the part.</param>
/// <param name="Layer">The layer.</param>
/// <param name="Start">The first of its outputs that is adapted.</param>
/// <param name="Rows">Number of adapted outputs.</param>
internal sealed record AdapterTarget(string Path, Linear Layer, int Start, int Rows)
{
    /// <summary>The whole of a layer.</summary>
    internal static AdapterTarget Whole(string path, Linear layer) => new(path, layer, 0, layer.Out);

    /// <summary>The layers that a checkpoint has in the place of one: query, key and value of a fused one, or the layer itself.</summary>
    internal static IEnumerable<AdapterTarget> PartsOf(string path, Linear layer)
    {
        if (layer.Parts.Count == 0)
        {
            return [Whole(path, layer)];
        }

        int rows = layer.Out / layer.Parts.Count;
        return layer.Parts.Select((part, i) => new AdapterTarget(path[..(path.LastIndexOf('.') + 1)] + part, layer, i * rows, rows));
    }
}
