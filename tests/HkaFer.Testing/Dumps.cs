using HkaFer.Models;
using HkaFer.Tensors;
using Xunit;

namespace HkaFer.Testing;

/// <summary>Reference dumps as tensors, and what comes back compared with them.</summary>
public static class Dumps
{
    /// <summary>A dumped tensor as float32.</summary>
    public static Tensor Float(this FixtureCase dump, string name)
    {
        FixtureTensor tensor = dump.Tensor(name);
        return Tensor.From(tensor.Floats(), Shape.Create(tensor.Shape));
    }

    /// <summary>Compares an output with the dumped one, shape included.</summary>
    public static void Near(this FixtureCase dump, string name, Tensor actual, double fallback = 2e-5)
    {
        FixtureTensor expected = dump.Tensor(name);
        Assert.Equal(Shape.Create(expected.Shape), actual.Shape);
        HkaFer.Testing.Near.Relative(expected.Doubles(), actual.ToFloats(), dump.Tolerance("out", fallback), $"{dump.Name} {name}");
    }

    /// <summary>Compares all gradients named <paramref name="prefix"/> of a case; names are the checkpoint's.</summary>
    public static void NearGradients(this FixtureCase dump, string prefix, IReadOnlyDictionary<string, Tensor> actual)
    {
        string[] names = [.. dump.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))];
        Assert.NotEmpty(names);
        double floor = 0.01 * names.Max(name => dump.Tensor(name).Doubles().Max(Math.Abs));
        foreach (string name in names)
        {
            FixtureTensor expected = dump.Tensor(name);
            Assert.True(actual.TryGetValue(name[prefix.Length..], out Tensor? gradient), $"{dump.Name}: no gradient for {name}");
            Assert.Equal(Shape.Create(expected.Shape), gradient!.Shape);
            HkaFer.Testing.Near.Relative(expected.Doubles(), gradient.ToFloats(), dump.Tolerance("grad", 2e-4), $"{dump.Name} {name}", floor);
        }
    }

    /// <summary>The gradients of a module under the checkpoint's names: those of fused layers are split.</summary>
    public static Dictionary<string, Tensor> Gradients(Module module)
    {
        var gradients = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach ((Parameter parameter, IReadOnlyList<string> sources) in module.CheckpointMap())
        {
            if (parameter.Value.Grad is not { } gradient)
            {
                continue;
            }

            int rows = sources.Count == 1 ? 0 : parameter.Shape[0] / sources.Count;
            for (int i = 0; i < sources.Count; i++)
            {
                gradients.Add(sources[i], sources.Count == 1 ? gradient : gradient.Slice(0, i * rows, rows));
            }
        }

        return gradients;
    }
}
