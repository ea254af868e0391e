using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>One adapter of a backbone: a layer adapter beside each of its target layers. Several can stand on one backbone.</summary>
public sealed class Adapter
{
    private readonly List<(Linear Layer, AdapterLayer Adapter)> _layers;
    private readonly Dictionary<Linear, Tensor> _unmerged = [];

    private Adapter(string name, AdapterConfig config, List<(Linear, AdapterLayer)> layers)
    {
        Name = name;
        Config = config;
        _layers = layers;
    }

    /// <summary>Tells adapters of one backbone apart.</summary>
    public string Name { get; }

    /// <summary>Kind and options.</summary>
    public AdapterConfig Config { get; }

    /// <summary>The layer adapters, in the order of the backbone's layers.</summary>
    public IEnumerable<AdapterLayer> Layers => _layers.Select(l => l.Adapter);

    /// <summary>All parameters with their paths: the layer's path, then the adapter's own name.</summary>
    public IEnumerable<(string Path, Parameter Parameter)> Parameters() =>
        Layers.SelectMany(layer => layer.Parameters().Select(p => ($"{layer.LayerPath}.{p.Path}", p.Parameter)));

    /// <summary>Number of weights.</summary>
    public long ParameterCount => Layers.Sum(layer => layer.ParameterCount);

    /// <summary>Whether the adapter is part of the backbone's weights.</summary>
    public bool IsMerged => _unmerged.Count > 0;

    /// <summary>Whether the adapter takes part in forward passes.</summary>
    public bool Enabled
    {
        get => Layers.All(layer => layer.Enabled);
        set
        {
            if (IsMerged)
            {
                throw new HkaFerException($"adapter {Name}: is merged into the weights; unmerge it before it is enabled or disabled");
            }

            foreach (AdapterLayer layer in Layers)
            {
                layer.Enabled = value;
            }
        }
    }

    /// <summary>Puts a new adapter beside the target layers of a backbone; its parameters are trainable and have no values yet.</summary>
    /// <param name="backbone">The model.</param>
    /// <param name="config">Kind and options.</param>
    /// <param name="name">Tells adapters of one backbone apart.</param>
    /// <exception cref="HkaFerException">A target matches no layer, or the options do not fit a layer; nothing is attached then.</exception>
    public static Adapter Attach(VisionTransformer backbone, AdapterConfig config, string name = "default")
    {
        ArgumentNullException.ThrowIfNull(backbone);
        ArgumentNullException.ThrowIfNull(config);
        var layers = new List<(Linear, AdapterLayer)>();
        foreach ((string path, Linear layer) in Targets.Find(backbone, config.Targets))
        {
            AdapterLayer adapter = config.Create(path, layer.In, layer.Out, backbone.Config.Width);
            adapter.SetTrainable(true);
            layers.Add((layer, adapter));
        }

        // Attached only when all fit, so that a failure leaves the backbone as it was.
        foreach ((Linear layer, AdapterLayer adapter) in layers)
        {
            layer.Attach(adapter);
        }

        return new Adapter(name, config, layers);
    }

    /// <summary>Draws fresh values.</summary>
    public void Initialize(ulong seed)
    {
        foreach (AdapterLayer layer in Layers)
        {
            layer.Initialize(Rng.Combine(seed, layer.LayerPath));
        }
    }

    /// <summary>Takes the adapter off the backbone.</summary>
    public void Remove()
    {
        if (IsMerged)
        {
            Unmerge();
        }

        foreach ((Linear layer, AdapterLayer adapter) in _layers)
        {
            layer.Detach(adapter);
        }
    }

    /// <summary>Makes the adapter part of the weights: the same outputs at the cost of the bare backbone.</summary>
    /// <exception cref="HkaFerException">The router depends on the input; nothing is changed then.</exception>
    public void Merge()
    {
        if (IsMerged)
        {
            throw new HkaFerException($"adapter {Name}: is merged already");
        }

        if (Layers.FirstOrDefault(layer => layer.MergeObstacle is not null) is { } obstacle)
        {
            throw new HkaFerException($"merge: {obstacle.LayerPath}: {obstacle.MergeObstacle}");
        }

        foreach ((Linear layer, AdapterLayer adapter) in _layers)
        {
            Tensor original = layer.Weight.Value;
            layer.Weight.Value = adapter.MergedWeight(original);
            _unmerged.Add(layer, original);
            layer.Detach(adapter);
        }
    }

    /// <summary>Puts the original weights back, to the bit, and the adapter beside them.</summary>
    public void Unmerge()
    {
        if (!IsMerged)
        {
            throw new HkaFerException($"adapter {Name}: is not merged");
        }

        foreach ((Linear layer, AdapterLayer adapter) in _layers)
        {
            layer.Weight.Value = _unmerged[layer];
            layer.Attach(adapter);
        }

        _unmerged.Clear();
    }
}
