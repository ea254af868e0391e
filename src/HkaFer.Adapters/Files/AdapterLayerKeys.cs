using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>
/// The keys of one layer's tensors. PEFT knows query, key and value apart: a LoRA on our fused layer is written to each of the three with the
/// same A and a third of B, and read back as one. HeKA keys carry the fused layer's own path.
/// </summary>
internal static class AdapterLayerKeys
{
    private const string Fused = ".qkv";
    private static readonly string[] s_parts = [".query", ".key", ".value"];

    internal static IEnumerable<(string Name, Tensor Tensor)> Write(AdapterLayer layer, string root)
    {
        if (layer is not LoraLayer lora)
        {
            foreach ((string path, Parameter parameter) in layer.Parameters())
            {
                yield return ($"{root}{layer.LayerPath}.heka.{path}", parameter.Value.Detach());
            }

            yield break;
        }

        string[] paths = Paths(layer.LayerPath);
        int rows = layer.Out / paths.Length;
        for (int i = 0; i < paths.Length; i++)
        {
            yield return ($"{root}{paths[i]}.lora_A.weight", lora.A.Value.Detach());
            yield return ($"{root}{paths[i]}.lora_B.weight", lora.B.Value.Detach().Slice(0, i * rows, rows).Contiguous());
        }
    }

    /// <summary>
    /// What the PEFT library matches layers on, under the names of the checkpoint: the end of a path where it stands for adapted layers
    /// alone, the whole path otherwise.
    /// </summary>
    internal static IEnumerable<string> TargetNames(Adapter? adapter, Module backbone)
    {
        if (adapter is null)
        {
            return [];
        }

        string[] Names(string path) => adapter.Config is LoRA ? Paths(path) : [path];
        string[] adapted = [.. adapter.Layers.SelectMany(layer => Names(layer.LayerPath))];
        string[] others = [.. Targets.Linears(backbone).SelectMany(l => Names(l.Path)).Except(adapted, StringComparer.Ordinal)];
        return adapted
            .Select(path => others.Any(other => Targets.Matches(other, LastName(path))) ? path : LastName(path))
            .Distinct(StringComparer.Ordinal);
    }

    /// <summary>Fills a layer's parameters; keys may or may not carry the backbone's prefix.</summary>
    internal static void Read(SafeTensorsFile file, AdapterLayer layer, string root, string backbone, HashSet<string> unused)
    {
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        Tensor Take(string key, Shape expected)
        {
            string name = file.Tensors.ContainsKey(root + backbone + key) ? root + backbone + key : root + key;
            Tensor tensor = file.Read(name, DType.Float32);
            unused.Remove(name);
            return tensor.Shape == expected
                ? tensor
                : throw new HkaFerException($"{file.Path}: tensor '{name}' has shape {tensor.Shape}; expected {expected}");
        }

        if (layer is not LoraLayer lora)
        {
            foreach ((string path, Parameter parameter) in layer.Parameters())
            {
                parameter.Value = Take($"{layer.LayerPath}.heka.{path}", parameter.Shape).Keep();
            }

            return;
        }

        string[] paths = Paths(layer.LayerPath);
        Shape part = [layer.Out / paths.Length, lora.A.Shape[0]];
        Tensor[] a = [.. paths.Select(path => Take($"{path}.lora_A.weight", lora.A.Shape))];
        Tensor[] b = [.. paths.Select(path => Take($"{path}.lora_B.weight", part))];
        if (a.Skip(1).Any(other => !other.ToFloats().AsSpan().SequenceEqual(a[0].ToFloats())))
        {
            throw new HkaFerException(
                $"{file.Path}: query, key and value of {layer.LayerPath} have different A; this reader joins them only where they are equal");
        }

        lora.A.Value = a[0].Keep();
        lora.B.Value = (b.Length == 1 ? b[0] : Ops.Concat(0, b)).Keep();
    }

    private static string[] Paths(string path) => path.EndsWith(Fused, StringComparison.Ordinal)
        ? [.. s_parts.Select(part => path[..^Fused.Length] + part)]
        : [path];

    private static string LastName(string path)
    {
        // `output.dense` of the attention: `dense` alone would say too little to a reader.
        string[] names = path.Split('.');
        return names is [.., "output", "dense"] ? "output.dense" : names[^1];
    }
}
