using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>
/// Puts the adapter of a file beside the layers of a backbone. Layers are those that the config picks; each must have its tensors. Query, key and value
/// become three adapters, each on its part of the fused layer; one on the whole where all three have the same A, as those that we write.
/// </summary>
internal sealed class PeftReader
{
    private readonly AdapterFile _file;
    private readonly AdapterConfig _config;
    private readonly SafeTensorsFile _tensors;
    private readonly PeftSelection _selection;
    private readonly AdapterTarget[] _candidates;
    private readonly string[] _keys;
    private readonly Func<string, string> _form;

    internal PeftReader(AdapterFile file, AdapterConfig config, SafeTensorsFile tensors, Module backbone)
    {
        (_file, _config, _tensors) = (file, config, tensors);
        _selection = new PeftSelection(file.Json, file.ConfigPath);
        _candidates =
        [
            .. Targets.Linears(backbone).SelectMany(l => !KnowsPartsOnly && l.Layer.Parts.Count > 0
                ? [AdapterTarget.Whole(l.Path, l.Layer), .. AdapterTarget.PartsOf(l.Path, l.Layer)]
                : AdapterTarget.PartsOf(l.Path, l.Layer)),
        ];
        _keys = [.. tensors.Tensors.Keys.Order(StringComparer.Ordinal)];
        _form = PeftPaths.Forms(backbone).MaxBy(Found)!;

        int Found(Func<string, string> form) => _candidates.Count(target => HasKeys($"{PeftPaths.Root}{form(target.Path)}."));
    }

    /// <summary>Whether the file has a tensor for any layer of the model.</summary>
    internal bool HasTensors => _candidates.Any(target => HasKeys(KeyOf(target.Path, "")));

    /// <summary>Whether the config picks any layer of the model.</summary>
    internal bool PicksAny => _candidates.Any(target => _selection.Picks(PathOf(target.Path)));

    /// <summary>Attaches the adapter and fills it; the names of the tensors that it took leave <paramref name="unused"/>.</summary>
    /// <exception cref="HkaFerException">A layer lacks its tensors or they do not fit; nothing is attached then.</exception>
    internal Adapter Attach(string name, int hidden, HashSet<string> unused)
    {
        AdapterTarget[] picked = [.. _candidates.Where(target => _selection.Picks(PathOf(target.Path)))];
        if (picked.Length == 0)
        {
            throw new HkaFerException(
                $"{_file.ConfigPath}: target_modules ({_selection.Text}) matches no linear layer; the first ones are {string.Join(", ", _candidates.Take(6).Select(t => PathOf(t.Path)))}");
        }

        AdapterTarget[] targets = [.. Joined(picked)];
        (AdapterTarget Target, AdapterLayer Layer)[] layers =
        [
            .. targets.Select(t => (t, LayerConfig(t).Create(t.Path, t.Layer.In, t.Rows, hidden))),
            .. Biases(picked).Select(t => (t, (AdapterLayer)new BiasLayer(t.Path, t.Layer.In, t.Rows))),
        ];
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        foreach ((AdapterTarget target, AdapterLayer layer) in layers)
        {
            Fill(layer, [.. layer.IsWrittenByParts && target.Rows == target.Layer.Out ? AdapterTarget.PartsOf(target.Path, target.Layer).Select(t => t.Path) : [target.Path]], unused);
        }

        string[] paths = [.. targets.Select(t => t.Path)];
        return Adapter.Attach(_config with { Targets = [.. PeftPaths.Shortest(paths, _candidates.Select(t => t.Path))] }, name, layers);
    }

    /// <summary>Whether files have query, key and value apart, as the library's own kinds do.</summary>
    private bool KnowsPartsOnly => _config is LowRankConfig or LoKr;

    private string PathOf(string path) => _form(path);

    private string KeyOf(string path, string tensor) => $"{PeftPaths.Root}{PathOf(path)}.{tensor}";

    private AdapterConfig LayerConfig(AdapterTarget target)
    {
        // A joined layer goes by its first part.
        string path = PathOf(!KnowsPartsOnly ? target.Path : AdapterTarget.PartsOf(target.Path, target.Layer).First(t => t.Start == target.Start).Path);
        return _config.ForLayer(_selection.Rank(path), _selection.Alpha(path));
    }

    /// <summary>Parts of a fused layer as one, where they are one.</summary>
    private IEnumerable<AdapterTarget> Joined(AdapterTarget[] picked)
    {
        foreach (IGrouping<Linear, AdapterTarget> group in picked.GroupBy(t => t.Layer))
        {
            AdapterTarget[] parts = [.. group];
            if (parts.FirstOrDefault(t => t.Rows == t.Layer.Out) is { } whole)
            {
                yield return whole;
            }
            else if (_config is LowRankConfig && parts.Length == group.Key.Parts.Count && SameA(parts))
            {
                yield return AdapterTarget.Whole(FusedPath(parts[0]), group.Key);
            }
            else
            {
                foreach (AdapterTarget part in parts)
                {
                    yield return part;
                }
            }
        }
    }

    private static string FusedPath(AdapterTarget part)
    {
        string path = part.Layer.Weight.Path, name = path[..path.LastIndexOf('.')];
        return part.Path[..(part.Path.LastIndexOf('.') + 1)] + name[(name.LastIndexOf('.') + 1)..];
    }

    private bool SameA(AdapterTarget[] parts)
    {
        string[] keys = [.. parts.Select(t => KeyOf(t.Path, "lora_A.weight"))];
        if (!keys.All(_tensors.Tensors.ContainsKey)
            || parts.Select(t => (_selection.Rank(PathOf(t.Path)), _selection.Alpha(PathOf(t.Path)))).Distinct().Count() > 1)
        {
            return false;
        }

        using IDisposable step = Tape.Step();
        byte[][] values = [.. keys.Select(key => _tensors.Read(key).ToBytes())];
        return values.All(value => value.AsSpan().SequenceEqual(values[0]));
    }

    /// <summary>The layers whose bias was trained.</summary>
    private AdapterTarget[] Biases(AdapterTarget[] picked)
    {
        string bias = new AdapterJson(_file.Json, _file.ConfigPath).Text("bias", "none");
        IEnumerable<AdapterTarget> trained = bias switch
        {
            "none" => [],
            "lora_only" => picked.Where(t => t.Layer.Bias is not null),
            "all" => _candidates.Where(t => t.Layer.Bias is not null && BiasKey(t.Path) is not null),
            _ => throw new HkaFerException($"{_file.ConfigPath}: bias is '{bias}'; expected none, lora_only or all"),
        };

        // Version 0.18 of the library trains these biases and does not save them: without them the adapter is another one.
        AdapterTarget[] targets = [.. trained];
        return targets.FirstOrDefault(t => BiasKey(t.Path) is null) is { } lost
            ? throw new HkaFerException(
                $"{_tensors.Path}: bias is '{bias}', but '{KeyOf(lost.Path, "base_layer.bias")}' is missing (some versions of the library do not save trained biases); save the adapter with a newer one, or set bias to \"none\" in adapter_config.json to do without them")
            : targets;
    }

    private string? BiasKey(string path) =>
        ((string[])[KeyOf(path, "base_layer.bias"), KeyOf(path, "bias")]).FirstOrDefault(_tensors.Tensors.ContainsKey);

    private void Fill(AdapterLayer layer, string[] paths, HashSet<string> unused)
    {
        foreach ((string name, Parameter parameter, bool byOutput) in layer.FileTensors())
        {
            Shape part = byOutput && paths.Length > 1 ? [parameter.Shape[0] / paths.Length, .. parameter.Shape.Sizes[1..]] : parameter.Shape;
            Tensor[] values = [.. paths.Select(path => Take(layer is BiasLayer ? BiasKey(path)! : KeyOf(path, name), part, unused))];
            parameter.Value = (values.Length == 1 || !byOutput ? values[0] : Ops.Concat(0, values)).Keep();
        }
    }

    private Tensor Take(string key, Shape expected, HashSet<string> unused)
    {
        Tensor tensor = _tensors.Read(key, DType.Float32);
        unused.Remove(key);
        return tensor.Shape == expected
            ? tensor
            : throw new HkaFerException($"{_tensors.Path}: tensor '{key}' has shape {tensor.Shape}; expected {expected}");
    }

    private bool HasKeys(string start)
    {
        int at = Array.BinarySearch(_keys, start, StringComparer.Ordinal);
        return (at < 0 ? ~at : at) is var next && next < _keys.Length && _keys[next].StartsWith(start, StringComparison.Ordinal);
    }
}
