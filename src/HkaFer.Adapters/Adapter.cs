using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>One adapter of a backbone: a layer adapter beside each of its target layers. Several can stand on one backbone.</summary>
public sealed class Adapter
{
    internal const string DefaultName = "default";

    private readonly List<(Linear Layer, AdapterLayer Adapter)> _layers;
    private readonly List<(Parameter Parameter, Tensor Original, Tensor Merged)> _merged = [];

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
    public bool IsMerged => _merged.Count > 0;

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
    /// <typeparam name="TBackbone">A model that says its hidden width and its default targets.</typeparam>
    /// <param name="backbone">The model.</param>
    /// <param name="config">Kind and options; the backbone's default targets where it names none.</param>
    /// <param name="name">Tells adapters of one backbone apart.</param>
    /// <exception cref="HkaFerException">A target matches no layer, or the options do not fit a layer; nothing is attached then.</exception>
    public static Adapter Attach<TBackbone>(TBackbone backbone, AdapterConfig config, string name = DefaultName)
        where TBackbone : Module, IAdaptable
    {
        ArgumentNullException.ThrowIfNull(backbone);
        ArgumentNullException.ThrowIfNull(config);
        IReadOnlyList<AdapterTarget> targets = Targets.Find(backbone, config.Targets.Count == 0 ? backbone.DefaultTargets : config.Targets, config.AdaptsParts);
        return Attach(config, name, targets.Select(t => (t, config.Create(t.Path, t.Layer.In, t.Rows, backbone.Width))));
    }

    /// <summary>Puts given layer adapters beside their targets.</summary>
    internal static Adapter Attach(AdapterConfig config, string name, IEnumerable<(AdapterTarget Target, AdapterLayer Layer)> layers)
    {
        // Attached only when all are made, so that a failure leaves the backbone as it was.
        (AdapterTarget Target, AdapterLayer Layer)[] made = [.. layers];
        var adapter = new Adapter(name, config, [.. made.Select(l => (l.Target.Layer, l.Layer))]);
        foreach ((AdapterTarget target, AdapterLayer layer) in made)
        {
            layer.SetTrainable(true);
            layer.Place(adapter, target);
            target.Layer.Attach(layer, first: layer.ReadsOutput);
        }

        return adapter;
    }

    /// <summary>Draws fresh values: those of an adapter that changes no output yet.</summary>
    /// <param name="seed">Equal seeds give equal values, whatever else the model has.</param>
    public void Initialize(ulong seed)
    {
        foreach (AdapterLayer layer in Layers)
        {
            layer.Draw(Rng.Combine(seed, layer.LayerPath));
        }
    }

    /// <summary>Sets whether training changes the adapter.</summary>
    public void SetTrainable(bool trainable)
    {
        foreach (AdapterLayer layer in Layers)
        {
            layer.SetTrainable(trainable);
        }
    }

    /// <summary>Takes the adapter off the backbone, unmerged where it is merged.</summary>
    /// <exception cref="HkaFerException">It is merged and cannot be unmerged now, as <see cref="Unmerge"/> says; nothing is changed then.</exception>
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
    /// <exception cref="HkaFerException">The router depends on the input, or the adapter is disabled, removed or merged; nothing is changed then.</exception>
    public void Merge()
    {
        if (IsMerged)
        {
            throw new HkaFerException($"adapter {Name}: is merged already");
        }

        if (!Enabled)
        {
            throw new HkaFerException($"adapter {Name}: is disabled, so merging would change the outputs; enable it first");
        }

        if (_layers.Any(l => !l.Layer.Adapters.Contains(l.Adapter)))
        {
            throw new HkaFerException($"adapter {Name}: was removed from the backbone; attach it again before it is merged");
        }

        if (Layers.FirstOrDefault(layer => layer.MergeObstacle is not null) is { } obstacle)
        {
            throw new HkaFerException($"merge: {obstacle.LayerPath}: {obstacle.MergeObstacle}");
        }

        if (_layers.Select(l => l.Layer).FirstOrDefault(HasOtherReader) is { } shared)
        {
            throw new HkaFerException(
                $"adapter {Name}: a DoRA adapter stands beside {shared.Weight.Path} as well and is bound to the weight as it is; disable or merge that one first");
        }

        // All weights are made before the first is replaced, so that a failure leaves the backbone as it was.
        var merged = new List<(Parameter, Tensor, Tensor)>();
        foreach (IGrouping<Linear, AdapterLayer> group in _layers.GroupBy(l => l.Layer, l => l.Adapter))
        {
            // Weights may be held in fewer bits; what is merged is float32.
            Tensor own = group.Key.Weight.Value.To(DType.Float32), weight = own;
            Tensor? bias = group.Key.Bias?.Value;
            foreach (AdapterLayer adapter in group.OrderByDescending(adapter => adapter.ReadsOutput))
            {
                (weight, bias) = (adapter.MergedWeight(weight), adapter.MergedBias(bias));
            }

            AddChanged(merged, group.Key.Weight, weight == own ? null : weight);
            AddChanged(merged, group.Key.Bias, bias == group.Key.Bias?.Value ? null : bias);
        }

        foreach ((Parameter parameter, _, Tensor value) in merged)
        {
            parameter.Value = value;
        }

        SetMerged(true);
        _merged.AddRange(merged);
    }

    /// <summary>The weight of a layer that alone does what it does with all adapters at work beside it, of whichever stage; nothing is changed.</summary>
    /// <param name="layer">A linear layer of the backbone.</param>
    /// <returns><c>[out, in]</c> in float32.</returns>
    /// <exception cref="HkaFerException">A router depends on the input.</exception>
    public static Tensor MergedWeight(Linear layer) =>
        AtWork(layer).Aggregate(layer.Weight.Value.To(DType.Float32), (weight, adapter) => adapter.MergedWeight(weight));

    /// <summary>As <see cref="MergedWeight"/>, the bias; null where the layer has none.</summary>
    /// <param name="layer">A linear layer of the backbone.</param>
    public static Tensor? MergedBias(Linear layer) => AtWork(layer).Aggregate(layer.Bias?.Value, (bias, adapter) => adapter.MergedBias(bias));

    private static IEnumerable<AdapterLayer> AtWork(Linear layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return layer.Adapters.OfType<AdapterLayer>().Where(adapter => adapter is { Enabled: true, Merged: false });
    }

    /// <summary>Puts the original weights back, to the bit, and the adapter beside them.</summary>
    /// <exception cref="HkaFerException">The adapter is not merged, or the weights were replaced since; nothing is changed then.</exception>
    public void Unmerge()
    {
        if (!IsMerged)
        {
            throw new HkaFerException($"adapter {Name}: is not merged");
        }

        // The originals are those of the time of the merge: putting them back would silently undo what came later.
        if (_merged.FirstOrDefault(m => m.Parameter.Value != m.Merged) is { Parameter: { } changed })
        {
            throw new HkaFerException(
                $"adapter {Name}: {changed.Path} was replaced after the merge; unmerge adapters in reverse order, the last merged first");
        }

        foreach ((Parameter parameter, Tensor original, _) in _merged)
        {
            parameter.Value = original;
        }

        SetMerged(false);
        _merged.Clear();
    }

    private static void AddChanged(List<(Parameter, Tensor, Tensor)> merged, Parameter? parameter, Tensor? value)
    {
        if (parameter is not null && value is not null)
        {
            merged.Add((parameter, parameter.Value, value));
        }
    }

    private bool HasOtherReader(Linear layer) =>
        layer.Adapters.OfType<AdapterLayer>().Any(other => other.Owner != this && other is { ReadsOutput: true, Enabled: true, Merged: false });

    private void SetMerged(bool merged)
    {
        foreach (AdapterLayer layer in Layers)
        {
            layer.Merged = merged;
        }
    }
}
