using HkaFer.Adapters;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>
/// Kronecker adapters with their router beside a linear layer (equations 4-14), as ONNX nodes: beta * sum_i p_i vec(C_i X D_i^T). No runtime fuses this
/// as our kernel does, but each runs it.
/// </summary>
internal sealed class OnnxKronecker(OnnxGraph graph, KroneckerLayer layer, string path)
{
    private readonly Dictionary<string, Parameter> _weights = layer.Parameters().ToDictionary(p => p.Path, p => p.Parameter);

    /// <summary>What the adapters add. [batch, tokens, in] -> [batch, tokens, out].</summary>
    public string Add(string x)
    {
        string[] outputs = [.. layer.C.Select((_, i) => Product(x, i))];
        string[]? probabilities = Probabilities(x, outputs);
        string sum = probabilities is null ? outputs[0] : graph.Node("Mul", [outputs[0], probabilities[0]]);
        for (int i = 1; i < outputs.Length; i++)
        {
            sum = graph.Node("Add", [sum, probabilities is null ? outputs[i] : graph.Node("Mul", [outputs[i], probabilities[i]])]);
        }

        return graph.Node("Mul", [sum, graph.Constant(layer.Options.Beta)]);
    }

    private string Product(string x, int i)
    {
        Tensor c = layer.C[i], d = layer.D[i];
        string view = graph.Reshape(x, 0, 0, c.Shape[1], d.Shape[1]);
        string left = graph.Node("MatMul", [graph.Weight($"{path}.C.{i}", c), view]);
        return graph.Reshape(graph.Node("MatMul", [left, graph.Weight($"{path}.D.{i}.T", d.Detach().Transpose(0, 1))]), 0, 0, layer.Out);
    }

    /// <summary>p_i [batch, tokens, 1], one an adapter; none where the adapters are simply added.</summary>
    private string[]? Probabilities(string x, string[] outputs)
    {
        Router router = layer.Options.EffectiveRouter;
        if (router == Router.Sum)
        {
            return null;
        }

        string hidden = Times(Pooled(x, layer.In), "router.w1s");
        string? spatial = router is Router.SpatialBranch or Router.DualBranch ? Softmax(Times(graph.Node("Sigmoid", [hidden]), "router.w2s")) : null;
        string? relation = router is Router.RelationBranch or Router.DualBranch ? Softmax(RelationLogits(hidden, outputs)) : null;
        string p = spatial is null || relation is null ? spatial ?? relation! : Mixed(spatial, relation);
        return outputs.Length == 1 ? [p] : graph.Nodes("Split", [p, graph.Constant([.. outputs.Select(_ => 1L)])], outputs.Length, ("axis", -1L));
    }

    private string Mixed(string spatial, string relation)
    {
        string lambda = graph.Weight($"{path}.router.lambda", layer.Lambda!);
        return graph.Node("Add",
        [
            graph.Node("Mul", [spatial, lambda]),
            graph.Node("Mul", [relation, graph.Node("Sub", [graph.Constant(1.0), lambda])]),
        ]);
    }

    private string RelationLogits(string hidden, string[] outputs)
    {
        string first = Transposed("router.w1r"), second = graph.Weight($"{path}.router.w2r", _weights["router.w2r"]);
        string[] logits = [.. outputs.Select((output, i) =>
        {
            string mixed = graph.Node("Sigmoid", [graph.Node("Mul", [graph.Node("MatMul", [Pooled(output, layer.Out), first]), hidden])]);

            // Row i for adapter i: a product with it and a sum, as a vector has no transpose.
            string row = graph.Node("Gather", [second, graph.Constant((long[])[i])], ("axis", 0L));
            return graph.Node("ReduceSum", [graph.Node("Mul", [mixed, row]), graph.Constant((long[])[-1])], ("keepdims", 1L));
        })];
        return logits.Length == 1 ? logits[0] : graph.Node("Concat", logits, ("axis", -1L));
    }

    /// <summary>Means of groups of entries (equations 8, 11).</summary>
    private string Pooled(string x, int width)
    {
        int group = layer.Options.Group;
        bool contiguous = layer.Options.Pooling == Pooling.Contiguous;
        string view = contiguous ? graph.Reshape(x, 0, 0, width / group, group) : graph.Reshape(x, 0, 0, group, width / group);
        return graph.Node("ReduceMean", [view], ("axes", (long[])[contiguous ? 3 : 2]), ("keepdims", 0L));
    }

    private string Times(string x, string name) => graph.Node("MatMul", [x, Transposed(name)]);

    private string Transposed(string name) => graph.Weight($"{path}.{name}.T", _weights[name].Value.Detach().Transpose(0, 1));

    private string Softmax(string x) => graph.Node("Softmax", [x], ("axis", -1L));
}
