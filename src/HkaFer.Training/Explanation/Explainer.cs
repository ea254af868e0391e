using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>
/// Where on a picture a model looks: class activation maps, attention rollout, and for Kronecker adapters what each of them adds and how the router weighs it, as
/// maps over the patches. The class token and registers have no place on them.
/// </summary>
/// <remarks>Other threads may predict with the model meanwhile; explanations of one model wait for each other.</remarks>
public sealed class Explainer
{
    private readonly ExpressionModel _model;
    private readonly IReadOnlyList<EncoderBlock> _blocks;
    private readonly int _grid, _block;
    private readonly KroneckerLayer? _adapter;

    /// <param name="model">What is explained; nothing of it is changed.</param>
    /// <param name="block">The block that is looked into, from 1; the last where not given.</param>
    /// <exception cref="HkaFerException">The model has no such block, or is of a family that is not known here.</exception>
    public Explainer(ExpressionModel model, int? block = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        (_blocks, int patch) = EncoderBlock.Of(model.Classifier.Backbone);
        _grid = model.Preprocessing.Size / patch;
        _block = block is null || (block >= 1 && block <= _blocks.Count)
            ? (block ?? _blocks.Count) - 1
            : throw new HkaFerException($"explain: block {block} does not exist; the model has blocks 1 to {_blocks.Count}");
        _adapter = FindAdapter(block is null);
    }

    /// <summary>How many blocks the model has.</summary>
    public int Blocks => _blocks.Count;

    /// <summary>Path of the layer whose Kronecker adapters are looked at, or null where the model has none in the block.</summary>
    public string? AdaptedLayer => _adapter?.LayerPath;

    /// <summary>Kronecker adapters beside <see cref="AdaptedLayer"/>.</summary>
    public int Adapters => _adapter?.C.Count ?? 0;

    /// <summary>The linear layer that they stand beside.</summary>
    internal Linear? Adapted => _adapter?.Base;

    /// <summary>A picture as the model is fed with it.</summary>
    /// <returns><c>[3, size, size]</c>.</returns>
    public float[] Pixels(Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        int size = _model.Preprocessing.Size;
        var pixels = new float[3 * size * size];
        _model.Preprocessing.Write(image, pixels);
        return pixels;
    }

    /// <summary>The number of a class.</summary>
    /// <exception cref="HkaFerException">The model has no class of this name.</exception>
    public int LabelOf(string name)
    {
        int label = _model.Labels.ToList().IndexOf(name);
        return label >= 0 ? label : throw new HkaFerException($"explain: the model has no class '{name}'; {Nearest.Hint(name, _model.Labels)}");
    }

    /// <summary>
    /// What speaks for a class, by Grad-CAM or Grad-CAM++ at the normalised tokens that the block's attention reads (as the reference implementation does for vision
    /// transformers: after the last attention, patches no longer reach the class token).
    /// </summary>
    /// <param name="pixels">One picture, from <see cref="Pixels"/>.</param>
    /// <param name="label">The class.</param>
    /// <param name="method">How channels are weighed.</param>
    /// <returns>Not negative, not scaled.</returns>
    public HeatMap ClassMap(ReadOnlySpan<float> pixels, int label, CamMethod method = CamMethod.GradCam)
    {
        using var pass = new GradientPass(_model, _blocks[_block].Inputs);
        Tensor logit = pass.Logit(pixels, label);
        return ClassActivation.Map(method, Patches(pass.Input), Patches(Tape.Gradients(logit, pass.Input)[0]), _grid, _grid);
    }

    /// <summary>
    /// What of each adapter's contribution speaks for a class (figure 5 of the paper): the class activation map of beta p_i (C_i (x) D_i) x, whose gradient is that of the
    /// layer's output.
    /// </summary>
    /// <param name="pixels">One picture.</param>
    /// <param name="label">The class.</param>
    /// <param name="method">How channels are weighed.</param>
    /// <returns>One map an adapter, not negative, not scaled.</returns>
    /// <exception cref="HkaFerException">The model has no Kronecker adapters in the block, or nothing after them looks at the patches.</exception>
    public IReadOnlyList<HeatMap> AdapterMaps(ReadOnlySpan<float> pixels, int label, CamMethod method = CamMethod.GradCamPlusPlus)
    {
        KroneckerLayer layer = RequireAdapter();
        if (_block == _blocks.Count - 1 && _blocks[_block].Others.Contains(layer.Base!))
        {
            throw new HkaFerException(
                $"explain: {layer.LayerPath} comes after the last attention, so no patch of it reaches the class; look into an earlier block (1 to {_blocks.Count - 1})");
        }

        using var pass = new GradientPass(_model, [layer.Base!]);
        Tensor logit = pass.Logit(pixels, label);
        Tensor whole = Tape.Gradients(logit, pass.Output)[0];
        float[] gradient = Patches(whole.Slice(-1, layer.Start, layer.Out).Contiguous());
        return [.. layer.Contributions(pass.Input).Select(c => ClassActivation.Map(method, Patches(c), gradient, _grid, _grid))];
    }

    /// <summary>How much each adapter adds to each patch's token, whatever it means: the length of its contribution.</summary>
    /// <param name="pixels">One picture.</param>
    /// <returns>One map an adapter, on one scale.</returns>
    /// <exception cref="HkaFerException">The model has no Kronecker adapters in the block.</exception>
    public IReadOnlyList<HeatMap> Contributions(ReadOnlySpan<float> pixels)
    {
        KroneckerLayer layer = RequireAdapter();
        IReadOnlyList<HeatMap> maps = [];
        Listen(pixels, [layer.Base!], (_, x, y) =>
        {
            maps = [.. layer.Contributions(x).Select(c => new HeatMap(_grid, _grid, [.. Patches(c).Chunk(layer.Out).Select(Length)]))];
            return y;
        });
        return maps;

        static float Length(float[] token) => (float)Math.Sqrt(token.Sum(v => (double)v * v));
    }

    /// <summary>The router's weight of each adapter at each patch.</summary>
    /// <param name="pixels">One picture.</param>
    /// <returns>One map an adapter; at each patch they sum to one, but for router sum, where each is one.</returns>
    /// <exception cref="HkaFerException">The model has no Kronecker adapters in the block.</exception>
    public IReadOnlyList<HeatMap> RouterMaps(ReadOnlySpan<float> pixels)
    {
        KroneckerLayer layer = RequireAdapter();
        int n = layer.C.Count;
        float[] weights = [];
        using (KroneckerLayer.Listen((from, probabilities) => weights = from == layer ? Patches(probabilities) : weights))
        {
            Listen(pixels, [], (_, _, y) => y);
        }

        return [.. Enumerable.Range(0, n).Select(i => new HeatMap(_grid, _grid, [.. Enumerable.Range(0, _grid * _grid).Select(t => weights[(t * n) + i])]))];
    }

    /// <summary>
    /// How much of each patch reaches the class token through the attention of all blocks (Abnar and Zuidema 2020): the product of their attention matrices.
    /// It knows nothing of a class.
    /// </summary>
    /// <param name="pixels">One picture.</param>
    /// <param name="residual">Whether half of each token comes past the attention by the residual connection; without, attention alone is multiplied.</param>
    /// <param name="fusion">How heads become one.</param>
    /// <returns>Shares; those of class token and registers are left out.</returns>
    public HeatMap Rollout(ReadOnlySpan<float> pixels, bool residual = true, HeadFusion fusion = HeadFusion.Mean)
    {
        var rollout = new AttentionRollout(residual, fusion);
        var seen = new Dictionary<Linear, float[]>();
        var shapes = new Dictionary<Linear, Shape>();
        Linear[] layers = [.. _blocks.SelectMany(b => new[] { b.Query, b.Key }).Distinct()];
        EncoderBlock Of(Linear layer) => _blocks.First(b => b.Query == layer || b.Key == layer);
        Listen(pixels, layers, (layer, _, y) =>
        {
            // Queries and keys of one block come one after the other, in either order; what was seen first may be overwritten meanwhile.
            EncoderBlock block = Of(layer);
            (seen[layer], shapes[layer]) = (y.ToFloats(), y.Shape);
            if (seen.ContainsKey(block.Query) && seen.ContainsKey(block.Key))
            {
                Tensor Again(Linear of) => Tensor.From(seen[of], shapes[of]);
                rollout.Add(block.Attention(Again(block.Query), Again(block.Key)));
                seen.Clear();
            }

            return y;
        });
        float[] shares = rollout.Shares();
        return new HeatMap(_grid, _grid, shares[_model.Classifier.Backbone.PatchesFrom..]);
    }

    private void Listen(ReadOnlySpan<float> pixels, IReadOnlyList<Linear> layers, Func<Linear, Tensor, Tensor, Tensor> see)
    {
        using var pass = new ListeningPass(_model, layers, see);
        pass.Run(pixels);
    }

    /// <summary>The patches' part of <c>[1, tokens, width]</c>.</summary>
    private float[] Patches(Tensor tokens)
    {
        using IDisposable paused = Tape.NoGrad();
        int from = _model.Classifier.Backbone.PatchesFrom, count = _grid * _grid;
        return tokens.Detach().Slice(1, from, count).Contiguous().ToFloats();
    }

    private KroneckerLayer RequireAdapter() => _adapter ?? throw new HkaFerException(
        _model.Adapter?.Layers.OfType<KroneckerLayer>().Any() == true
            ? $"explain: block {_block + 1} has no Kronecker adapters; the model has some beside {string.Join(", ", _model.Adapter.Layers.Select(l => l.LayerPath).Take(4))} .."
            : $"explain: the model has no Kronecker adapters ({_model.Adapter?.Config.Method ?? "no adapter at all"}); this needs a HeKA or HoKA model");

    /// <summary>
    /// The adapters at the block's attention where it has any there, else at its last layer; where no block was asked for, the last ones that the class token
    /// still hears of: what stands after the last attention changes no patch that it reads.
    /// </summary>
    private KroneckerLayer? FindAdapter(bool any)
    {
        Dictionary<Linear, KroneckerLayer> adapted = [];
        foreach (KroneckerLayer layer in _model.Adapter?.Layers.OfType<KroneckerLayer>() ?? [])
        {
            adapted.TryAdd(layer.Base!, layer);
        }

        KroneckerLayer? In(EncoderBlock block, bool after) =>
            block.Inputs.Concat(after ? block.Others.Reverse() : []).Select(l => adapted.GetValueOrDefault(l)).FirstOrDefault(l => l is not null);
        return In(_blocks[_block], after: !any) ?? (any && _block > 0 ? In(_blocks[_block - 1], after: true) : null);
    }
}
