using HkaFer.Tensors;
using HkaFer.Tensors.Kernels;

namespace HkaFer.Benchmarks;

/// <summary>Devices and operands that the benchmarks share.</summary>
internal static class KernelCase
{
    /// <summary>Tokens of four images of 257.</summary>
    public const int Tokens = 1028;

    /// <summary>One thread, and all that the machine has.</summary>
    public static IEnumerable<int> Threads => new[] { 1, Engine.Threads }.Distinct();

    /// <summary>The processor's device with this many threads, for the life of the process.</summary>
    public static CpuDevice Device(int threads) => new(workers: new Workers(threads));

    /// <summary>Normal numbers.</summary>
    public static Tensor Random(ulong seed, Shape shape)
    {
        var rng = new Rng(seed);
        return Tensor.From<float>([.. Enumerable.Range(0, checked((int)shape.Count)).Select(_ => (float)rng.Normal())], shape);
    }

    /// <summary>Fails the set-up, and with it the benchmark, where a kernel's result is not the reference's.</summary>
    /// <param name="ours">What the kernel wrote.</param>
    /// <param name="reference">What the reference wrote.</param>
    /// <param name="tolerance">Of the largest value: the bound that the kernel's tests have.</param>
    public static void Check(Tensor ours, Tensor reference, double tolerance)
    {
        float[] a = ours.ToFloats(), b = reference.ToFloats();
        double scale = b.Max(Math.Abs), worst = a.Zip(b).Max(pair => Math.Abs((double)pair.First - pair.Second));
        if (!(worst <= tolerance * scale))
        {
            throw new InvalidOperationException($"the kernel differs from the reference by {worst} at a scale of {scale}; its time would mean nothing");
        }
    }
}
