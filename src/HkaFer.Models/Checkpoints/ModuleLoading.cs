using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Loading a model's parameters from a checkpoint and writing them back, strictly: nothing is loaded silently in part.</summary>
public static class ModuleLoading
{
    /// <summary>Fills every parameter.</summary>
    /// <param name="module">The model.</param>
    /// <param name="checkpoint">Where the values are.</param>
    /// <param name="prefixes">Prefixes that the checkpoint's names may carry; the one that most tensors have is taken, none where no tensor is found.</param>
    /// <returns>Names of the tensors that the model has no place for.</returns>
    /// <exception cref="HkaFerException">A tensor is missing or has another shape; all such are named.</exception>
    public static IReadOnlyList<string> Load(this Module module, CheckpointFolder checkpoint, params string[] prefixes)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(checkpoint);
        (Parameter Parameter, IReadOnlyList<string> Sources)[] map = [.. module.CheckpointMap()];
        string prefix = prefixes.Prepend("").MaxBy(p => map.Count(m => checkpoint.Contains(p + m.Sources[0]))) ?? "";
        var problems = new List<string>();
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach ((Parameter parameter, IReadOnlyList<string> sources) in map)
        {
            Check(parameter, sources, prefix, checkpoint, problems);
            used.UnionWith(sources.Select(source => prefix + source));
        }

        if (problems.Count > 0)
        {
            throw new HkaFerException(
                $"{checkpoint.Path}: does not fit the model that its config.json describes; {problems.Count} problem(s):\n  {string.Join("\n  ", problems.Take(8))}{(problems.Count > 8 ? "\n  .." : "")}");
        }

        foreach ((Parameter parameter, IReadOnlyList<string> sources) in map)
        {
            using IDisposable step = Tape.Step();
            using IDisposable paused = Tape.NoGrad();
            Tensor[] parts = [.. sources.Select(source => checkpoint.Read(prefix + source, DType.Float32))];
            parameter.Value = (parts.Length == 1 ? parts[0] : Ops.Concat(0, parts)).Keep();
        }

        return [.. checkpoint.Tensors.Select(t => t.Name).Where(name => !used.Contains(name)).Order(StringComparer.Ordinal)];
    }

    /// <summary>The parameters under the checkpoint's names: what is fused is split again.</summary>
    /// <param name="module">The model.</param>
    /// <param name="dtype">Element type of the copies.</param>
    public static IReadOnlyList<(string Name, Tensor Tensor)> CheckpointTensors(this Module module, DType dtype = DType.Float32)
    {
        ArgumentNullException.ThrowIfNull(module);
        using IDisposable paused = Tape.NoGrad();
        var tensors = new List<(string, Tensor)>();
        foreach ((Parameter parameter, IReadOnlyList<string> sources) in module.CheckpointMap())
        {
            int rows = sources.Count == 1 ? 0 : parameter.Shape[0] / sources.Count;
            for (int i = 0; i < sources.Count; i++)
            {
                Tensor part = sources.Count == 1 ? parameter.Value : parameter.Value.Slice(0, i * rows, rows);
                tensors.Add((sources[i], part.Detach().To(dtype)));
            }
        }

        return tensors;
    }

    private static void Check(Parameter parameter, IReadOnlyList<string> sources, string prefix, CheckpointFolder checkpoint, List<string> problems)
    {
        int[] expected = parameter.Shape.Sizes.ToArray();
        if (sources.Count > 1)
        {
            expected[0] /= sources.Count;
        }

        foreach (string source in sources)
        {
            Shape shape = Shape.Create(expected);
            if (!checkpoint.Contains(prefix + source))
            {
                problems.Add($"{prefix}{source}: missing; expected {shape}");
            }
            else if (checkpoint.Info(prefix + source) is var info && (info.Shape != shape || !info.DType.IsFloat()))
            {
                problems.Add($"{prefix}{source}: expected a floating-point tensor {shape}, got {info.DType} {info.Shape}");
            }
        }
    }
}
