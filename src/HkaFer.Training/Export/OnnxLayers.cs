using HkaFer.Adapters;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>The layers that all transformers here are made of, as ONNX nodes. Values are named as the graph names them; tokens are [batch, tokens, width].</summary>
internal sealed class OnnxLayers(OnnxGraph graph)
{
    /// <summary>x W^T + b, and what routed adapters add to it.</summary>
    public string Linear(string x, Linear layer, string path)
    {
        string y = graph.Node("MatMul", [x, graph.Weight($"{path}.weight", layer.Weight.Value.Detach().Transpose(0, 1))]);
        if (layer.Bias is { } bias)
        {
            y = graph.Node("Add", [y, graph.Weight($"{path}.bias", bias)]);
        }

        foreach ((int i, AdapterLayer adapter) in layer.Adapters.OfType<AdapterLayer>().Where(adapter => adapter is { Merged: false, Enabled: true }).Index())
        {
            y = graph.Node("Add", [y, Share(x, layer, adapter, $"{path}.adapter.{i}")]);
        }

        return y;
    }

    /// <summary>What an adapter adds, zeros beside it where it changes a part of the outputs only.</summary>
    private string Share(string x, Linear layer, AdapterLayer adapter, string path)
    {
        switch (adapter)
        {
            case KroneckerLayer kronecker:
                string share = new OnnxKronecker(graph, kronecker, path).Add(x);
                return adapter.Out == layer.Out ? share : graph.Node("Pad", [share, graph.Constant(0, 0, adapter.Start, 0, 0, layer.Out - adapter.Start - adapter.Out)]);
            case BiasLayer bias:
                return graph.Weight($"{path}.bias", Difference(layer, bias));
            default:
                string kind = adapter.GetType().Name;
                throw new HkaFerException(adapter.MergeObstacle is { } obstacle
                    ? $"onnx: {adapter.LayerPath}: a {kind} has no form in a graph and cannot be merged ({obstacle}); run this model with HkaFer, or train another method"
                    : $"onnx: {adapter.LayerPath}: a {kind} beside the model's own adapter takes part and is not merged; merge it first, or disable it");
        }
    }

    /// <summary>The trained bias less the layer's own. [out]</summary>
    private static Tensor Difference(Linear layer, BiasLayer bias)
    {
        float[] own = layer.Bias!.Value.ToFloats(), trained = bias.Bias.Value.ToFloats(), difference = new float[own.Length];
        for (int i = 0; i < trained.Length; i++)
        {
            difference[bias.Start + i] = trained[i] - own[bias.Start + i];
        }

        return Tensor.From<float>(difference, [difference.Length]);
    }

    public string LayerNorm(string x, LayerNorm norm, string path) => graph.Node(
        "LayerNormalization", [x, graph.Weight($"{path}.weight", norm.Gain), graph.Weight($"{path}.bias", norm.Bias)],
        ("axis", -1L), ("epsilon", (float)norm.Epsilon));

    public string Activate(string x, Activation kind) => kind switch
    {
        Activation.Gelu => graph.Node("Mul", [x, graph.Node("Mul", [graph.Constant(0.5), graph.Node("Add", [graph.Constant(1.0),
            graph.Node("Erf", [graph.Node("Mul", [x, graph.Constant(Math.Sqrt(0.5))])])])])]),
        Activation.QuickGelu => graph.Node("Mul", [x, graph.Node("Sigmoid", [graph.Node("Mul", [x, graph.Constant(1.702)])])]),
        Activation.Silu => graph.Node("Mul", [x, graph.Node("Sigmoid", [x])]),
        _ => graph.Node("Sigmoid", [x]),
    };

    /// <summary>Softmax(q k^T / sqrt(dim)) v; q, k, v [batch, heads, tokens, dim] -> [batch, tokens, heads * dim].</summary>
    public string Attention(string q, string k, string v, int width, int dim)
    {
        string scores = graph.Node("Mul", [graph.Node("MatMul", [q, graph.Transpose(k, 0, 1, 3, 2)]), graph.Constant(1 / Math.Sqrt(dim))]);
        string mixed = graph.Node("MatMul", [graph.Node("Softmax", [scores], ("axis", -1L)), v]);
        return graph.Reshape(graph.Transpose(mixed, 0, 2, 1, 3), 0, 0, width);
    }

    /// <summary>Pixels to patches, class token first: [batch, 1 + patches, width], positions added.</summary>
    public string Embed(string pixels, Tensor patchWeight, Tensor? patchBias, Tensor classToken, Tensor positions, string path)
    {
        int width = patchWeight.Shape[0];
        long patch = patchWeight.Shape[2];
        string[] convolution = [pixels, graph.Weight($"{path}.projection.weight", patchWeight),
            .. patchBias is null ? (string[])[] : [graph.Weight($"{path}.projection.bias", patchBias)]];
        string patches = graph.Node("Conv", convolution, ("strides", (long[])[patch, patch]), ("kernel_shape", (long[])[patch, patch]));
        string tokens = graph.Transpose(graph.Reshape(patches, 0, width, -1), 0, 2, 1);
        string first = Repeated(pixels, graph.Weight($"{path}.cls_token", classToken.Detach().Reshape(1, 1, width)), 1, width);
        return graph.Node(
            "Add", [graph.Node("Concat", [first, tokens], ("axis", 1L)), graph.Weight($"{path}.positions", positions.Detach().Reshape(1, -1, width))]);
    }

    /// <summary>The same tokens for every picture of the batch.</summary>
    public string Repeated(string pixels, string tokens, int count, int width)
    {
        string batch = graph.Node("Shape", [pixels], ("start", 0L), ("end", 1L));
        return graph.Node("Expand", [tokens, graph.Node("Concat", [batch, graph.Constant((long)count, width)], ("axis", 0L))]);
    }

    /// <summary>The tokens from one to another, along axis 1.</summary>
    public string Slice(string x, long from, long to) =>
        graph.Node("Slice", [x, graph.Constant((long[])[from]), graph.Constant((long[])[to]), graph.Constant((long[])[1])]);
}
