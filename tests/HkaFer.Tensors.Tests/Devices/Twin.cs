using HkaFer.Testing;
using HkaFer.Tensors.Tests.Kernels;

namespace HkaFer.Tensors.Tests.Devices;

/// <summary>
/// The same tensors twice: float32 on the device under test, in memory that ends where its page does, and float64 on the reference device.
/// A kernel is run on both, and what it wrote is compared.
/// </summary>
internal sealed unsafe class Twin(CpuDevice fast, int seed = 1) : IDisposable
{
    private readonly Random _random = new(seed);
    private readonly List<GuardedFloats> _memory = [];

    /// <summary>Uniform in [-scale, scale].</summary>
    public Pair Random(Shape shape, double scale = 1) => Given(shape, _ => (float)(((2 * _random.NextDouble()) - 1) * scale));

    /// <summary>Memory that a kernel must fill: what it leaves out stays NaN and fails.</summary>
    public Pair Result(Shape shape) => Given(shape, _ => float.NaN);

    /// <summary>NaN to be overwritten, or numbers to be added to.</summary>
    public Pair Result(Shape shape, bool accumulate) => accumulate ? Random(shape) : Result(shape);

    public Pair Given(Shape shape, Func<int, float> value)
    {
        var memory = new GuardedFloats(checked((int)shape.Count));
        _memory.Add(memory);
        for (int i = 0; i < memory.Length; i++) { memory.Span[i] = value(i); }
        var storage = new Storage(fast, memory, (nint)memory.Pointer, memory.Length * sizeof(float));
        double[] doubles = Array.ConvertAll(memory.Span.ToArray(), v => (double)v);
        return new Pair(new Tensor(storage, shape, DType.Float32), Tensor.From(doubles, shape, Device.Reference));
    }

    /// <summary>Runs a call on both devices; <c>at</c> picks a pair's tensor for the device.</summary>
    public void Run(Action<Device, Func<Pair, Tensor>> call)
    {
        call(fast, pair => pair.Fast);
        call(Device.Reference, pair => pair.Plain);
        foreach (GuardedFloats memory in _memory) { memory.Check(); }
    }

    /// <summary>Compares relative to the largest magnitude.</summary>
    public static void Near(Pair result, double tolerance, string what) =>
        Testing.Near.Relative(result.Plain.ToDoubles(), result.Fast.ToFloats(), tolerance, what);

    public void Dispose()
    {
        foreach (GuardedFloats memory in _memory) { memory.Dispose(); }
    }
}

/// <summary>One tensor on both devices.</summary>
internal sealed record Pair(Tensor Fast, Tensor Plain)
{
    /// <summary>The same view of both.</summary>
    public Pair View(Func<Tensor, Tensor> view) => new(view(Fast), view(Plain));
}
