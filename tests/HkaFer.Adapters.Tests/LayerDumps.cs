using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Adapters.Tests;

/// <summary>Checks an adapter beside a linear layer against a dump of both.</summary>
internal static class LayerDumps
{
    public static Tensor? Bias(FixtureCase dump) => dump.Has("bias") ? dump.Float("bias") : null;

    /// <summary>Runs the adapter beside the layer, and compares the outputs and all gradients.</summary>
    public static void Check(FixtureCase dump, AdapterLayer layer)
    {
        Tensor x = dump.Float("x"), weight = dump.Float("weight");
        var wanted = new Dictionary<string, Tensor>(StringComparer.Ordinal) { ["x"] = x, ["weight"] = weight };
        Tensor? bias = Bias(dump);
        if (bias is not null)
        {
            wanted.Add("bias", bias);
        }

        foreach ((string path, Parameter parameter) in layer.Parameters())
        {
            wanted.Add(path, parameter.Value);
        }

        foreach (Tensor tensor in wanted.Values)
        {
            tensor.RequiresGrad = true;
        }

        using (Tape.Step())
        {
            Tensor h = layer.Add(x, Ops.Linear(x, weight, bias));
            dump.Near("out.h", h);
            h.Backward(dump.Float("upstream"));
        }

        dump.NearGradients("grad.", wanted.ToDictionary(pair => pair.Key, pair => pair.Value.Grad!));
    }
}
