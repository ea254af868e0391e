using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>The image encoders and heads as ONNX nodes.</summary>
/// <param name="graph">Where the nodes go.</param>
/// <param name="size">Edge of the pictures in pixels.</param>
internal sealed class OnnxEncoders(OnnxGraph graph, int size)
{
    private readonly OnnxLayers _layers = new(graph);

    /// <summary>[batch, 3, size, size] -> [batch, classes].</summary>
    /// <exception cref="HkaFerException">The classifier is of a kind that has no form here.</exception>
    public string Logits(ImageClassifier model, string pixels) => model switch
    {
        Classifier classifier => Head(Tokens(classifier.Backbone, pixels), classifier),
        ClipClassifier clip => Texts(clip, pixels),
        _ => throw new HkaFerException($"onnx: a {model.GetType().Name} has no form in a graph"),
    };

    private string Tokens(ImageEncoder encoder, string pixels) => encoder switch
    {
        VisionTransformer vit => Tokens(vit, pixels),
        ClipImageEncoder clip => _layers.LayerNorm(Tokens(clip.Vision, pixels), clip.Vision.PostNorm, "post_layernorm"),
        _ => throw new HkaFerException($"onnx: a {encoder.GetType().Name} has no form in a graph"),
    };

    private string Tokens(VisionTransformer vit, string pixels)
    {
        VitConfig c = vit.Config;
        Embeddings embeddings = vit.Embeddings;
        int grid = size / c.Patch;
        string x = _layers.Embed(
            pixels, embeddings.PatchWeight, embeddings.PatchBias, embeddings.ClassToken, embeddings.PositionsFor(grid, grid), "embeddings");
        if (embeddings.RegisterTokens is { } registers)
        {
            string repeated = _layers.Repeated(pixels, graph.Weight("embeddings.register_tokens", registers), c.Registers, c.Width);
            x = graph.Node("Concat", [_layers.Slice(x, 0, 1), repeated, _layers.Slice(x, 1, int.MaxValue)], ("axis", 1L));
        }

        foreach ((int i, Block block) in vit.Blocks.Index())
        {
            string path = $"encoder.layer.{i}";
            string mixed = Attention(_layers.LayerNorm(x, block.Norm1, $"{path}.norm1"), block.Attention, c, $"{path}.attention");
            x = Residual(x, mixed, block.Scale1, $"{path}.layer_scale1");
            string hidden = Mlp(_layers.LayerNorm(x, block.Norm2, $"{path}.norm2"), block.Mlp, c, $"{path}.mlp");
            x = Residual(x, hidden, block.Scale2, $"{path}.layer_scale2");
        }

        return _layers.LayerNorm(x, vit.Norm, "layernorm");
    }

    private string Attention(string x, SelfAttention attention, VitConfig c, string path)
    {
        int dim = c.Width / c.Heads;
        string qkv = graph.Reshape(_layers.Linear(x, attention.Qkv, $"{path}.qkv"), 0, 0, 3, c.Heads, dim);
        string[] parts = [.. graph.Nodes("Split", [graph.Transpose(qkv, 2, 0, 3, 1, 4), graph.Constant(1, 1, 1)], 3, ("axis", 0L))
            .Select(part => graph.Node("Squeeze", [part, graph.Constant((long[])[0])]))];
        return _layers.Linear(_layers.Attention(parts[0], parts[1], parts[2], c.Width, dim), attention.Proj, $"{path}.proj");
    }

    private string Mlp(string x, Mlp mlp, VitConfig c, string path)
    {
        string hidden = _layers.Linear(x, mlp.In, $"{path}.in");
        if (c.SwiGlu)
        {
            string[] halves = graph.Nodes("Split", [hidden, graph.Constant(c.MlpWidth, c.MlpWidth)], 2, ("axis", -1L));
            hidden = graph.Node("Mul", [_layers.Activate(halves[0], Activation.Silu), halves[1]]);
        }
        else
        {
            hidden = _layers.Activate(hidden, Activation.Gelu);
        }

        return _layers.Linear(hidden, mlp.Out, $"{path}.out");
    }

    private string Residual(string x, string branch, LayerScale scale, string path) =>
        graph.Node("Add", [x, graph.Node("Mul", [branch, graph.Weight(path, scale.Lambda)])]);

    /// <summary>CLIP's tokens before the last norm.</summary>
    private string Tokens(ClipVisionTransformer clip, string pixels)
    {
        ClipVisionConfig c = clip.Config;
        int dim = c.Width / c.Heads;
        string x = _layers.Embed(pixels, clip.PatchWeight, null, clip.ClassEmbedding, clip.Positions, "embeddings");
        x = _layers.LayerNorm(x, clip.PreNorm, "pre_layernorm");
        foreach ((int i, ClipBlock block) in clip.Blocks.Index())
        {
            string path = $"encoder.layers.{i}", normed = _layers.LayerNorm(x, block.Norm1, $"{path}.layer_norm1");
            string Heads(Linear layer, string name) =>
                graph.Transpose(graph.Reshape(_layers.Linear(normed, layer, $"{path}.self_attn.{name}"), 0, 0, c.Heads, dim), 0, 2, 1, 3);
            string mixed = _layers.Attention(
                Heads(block.Attention.Query, "q_proj"), Heads(block.Attention.Key, "k_proj"), Heads(block.Attention.Value, "v_proj"), c.Width, dim);
            x = graph.Node("Add", [x, _layers.Linear(mixed, block.Attention.Out, $"{path}.self_attn.out_proj")]);
            string hidden = _layers.Activate(
                _layers.Linear(_layers.LayerNorm(x, block.Norm2, $"{path}.layer_norm2"), block.Fc1, $"{path}.mlp.fc1"), c.Activation);
            x = graph.Node("Add", [x, _layers.Linear(hidden, block.Fc2, $"{path}.mlp.fc2")]);
        }

        return x;
    }

    private string Head(string tokens, Classifier model)
    {
        string features = ClassToken(tokens);
        if (model.Head.Pooling == HeadPooling.ClassTokenAndPatchMean)
        {
            string patches = _layers.Slice(tokens, model.Backbone.PatchesFrom, int.MaxValue);
            string mean = graph.Node("ReduceMean", [patches], ("axes", (long[])[1]), ("keepdims", 0L));
            features = graph.Node("Concat", [features, mean], ("axis", -1L));
        }

        string logits = graph.Node("MatMul", [features, graph.Weight("classifier.weight", model.Head.Weight.Value.Detach().Transpose(0, 1))]);
        return graph.Node("Add", [logits, graph.Weight("classifier.bias", model.Head.Bias)]);
    }

    /// <summary>Cosines with the texts' embeddings, which are constants of the graph, over the temperature.</summary>
    private string Texts(ClipClassifier model, string pixels)
    {
        ClipVisionTransformer vision = model.Backbone.Vision;
        string feature = _layers.LayerNorm(ClassToken(Tokens(vision, pixels)), vision.PostNorm, "post_layernorm");
        string shared = _layers.Linear(feature, model.Backbone.Projection, "visual_projection");
        string norm = graph.Node("ReduceL2", [shared], ("axes", (long[])[-1]), ("keepdims", 1L));
        string texts = graph.Weight("text_embeds.T", model.Head.Current().Detach().Transpose(0, 1));
        string cosines = graph.Node("MatMul", [graph.Node("Div", [shared, norm]), texts]);
        return graph.Node("Mul", [cosines, graph.Constant(1 / model.Head.Temperature)]);
    }

    private string ClassToken(string tokens) => graph.Node("Squeeze", [_layers.Slice(tokens, 0, 1), graph.Constant((long[])[1])]);
}
