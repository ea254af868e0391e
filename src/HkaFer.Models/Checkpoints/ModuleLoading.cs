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
    public static IReadOnlyList<string> Load(this Module module, CheckpointFolder checkpoint, params string[] prefixes) =>
        module.Load(checkpoint, [.. prefixes.Prepend("").Select(prefix => (Func<string, string>)(name => prefix + name))], mapped: false);

    /// <summary>Fills every parameter.</summary>
    /// <param name="module">The model.</param>
    /// <param name="checkpoint">Where the values are.</param>
    /// <param name="forms">Generations of names: each from the model's to the checkpoint's. The one in which most tensors are found is taken.</param>
    /// <param name="mapped">Whether matrices stay in the file, in their own type, where kernels take it; all else is read as float32.</param>
    /// <returns>Names of the tensors that the model has no place for.</returns>
    /// <exception cref="HkaFerException">A tensor is missing or has another shape; all such are named.</exception>
    internal static IReadOnlyList<string> Load(
        this Module module, CheckpointFolder checkpoint, IReadOnlyList<Func<string, string>> forms, bool mapped)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(checkpoint);
        (Parameter Parameter, IReadOnlyList<string> Sources)[] map = [.. module.CheckpointMap()];
        Func<string, string> form = FormOf(map, checkpoint, forms);
        var problems = new List<string>();
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach ((Parameter parameter, IReadOnlyList<string> sources) in map)
        {
            Check(parameter, [.. sources.Select(form)], checkpoint, problems);
            used.UnionWith(sources.Select(form));
        }

        if (problems.Count > 0)
        {
            throw new HkaFerException(
                $"{checkpoint.Path}: does not fit the model that its config.json describes; {problems.Count} problem(s):\n  {string.Join("\n  ", problems.Take(8))}{(problems.Count > 8 ? "\n  .." : "")}");
        }

        foreach ((Parameter parameter, IReadOnlyList<string> sources) in map)
        {
            if (mapped && sources.Count == 1 && Mapped(checkpoint, form(sources[0])) is { } tensor)
            {
                parameter.Value = tensor;
                continue;
            }

            using IDisposable step = Tape.Step();
            using IDisposable paused = Tape.NoGrad();
            Tensor[] parts = [.. sources.Select(source => checkpoint.Read(form(source), DType.Float32))];
            parameter.Value = (parts.Length == 1 ? parts[0] : Ops.Concat(0, parts)).Keep();
        }

        return LeftOver(checkpoint, used);
    }

    /// <summary>Names of the tensors that nobody used.</summary>
    internal static string[] LeftOver(CheckpointFolder checkpoint, HashSet<string> used) =>
        [.. checkpoint.Tensors.Select(t => t.Name).Where(name => !used.Contains(name)).Order(StringComparer.Ordinal)];

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

    /// <summary>
    /// The tensors of a checkpoint of a model without values, as <see cref="Module.Initialize"/> draws them; each is drawn when it is written, so that a
    /// model larger than memory can be.
    /// </summary>
    internal static IReadOnlyList<TensorSource> FreshTensors(this Module module, ulong seed, DType dtype)
    {
        Dictionary<Parameter, string> paths = module.Parameters().ToDictionary(p => p.Parameter, p => p.Path);
        return
        [
            .. module.CheckpointMap().Select(m => m.Sources.Count == 1
                ? new TensorSource(m.Sources[0], dtype, m.Parameter.Shape, () => m.Parameter.Init.Draw(m.Parameter.Shape, seed, paths[m.Parameter]).To(dtype))
                : throw new NotSupportedException($"{m.Parameter.Path}: fused layers are not drawn one by one")),
        ];
    }

    /// <summary>The generation of names in which most of a model's tensors are found.</summary>
    internal static Func<string, string> FormOf(
        (Parameter Parameter, IReadOnlyList<string> Sources)[] map, CheckpointFolder checkpoint, IReadOnlyList<Func<string, string>> forms) =>
        forms.MaxBy(form => map.Count(m => checkpoint.Contains(form(m.Sources[0]))))!;

    /// <summary>Vectors are read: kernels take them in float32 only, and they are small.</summary>
    private static Tensor? Mapped(CheckpointFolder checkpoint, string name) =>
        checkpoint.Info(name) is { DType: DType.BFloat16 or DType.Float32, Shape.Rank: > 1 } ? checkpoint.Map(name) : null;

    private static void Check(Parameter parameter, IReadOnlyList<string> sources, CheckpointFolder checkpoint, List<string> problems)
    {
        int[] expected = parameter.Shape.Sizes.ToArray();
        if (sources.Count > 1)
        {
            expected[0] /= sources.Count;
        }

        foreach (string source in sources)
        {
            Shape shape = Shape.Create(expected);
            if (!checkpoint.Contains(source))
            {
                problems.Add($"{source}: missing; expected {shape}");
            }
            else if (checkpoint.Info(source) is var info && (info.Shape != shape || !info.DType.IsFloat()))
            {
                problems.Add($"{source}: expected a floating-point tensor {shape}, got {info.DType} {info.Shape}");
            }
        }
    }
}
