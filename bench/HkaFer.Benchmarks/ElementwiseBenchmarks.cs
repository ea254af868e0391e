using BenchmarkDotNet.Attributes;
using HkaFer.Tensors;

namespace HkaFer.Benchmarks;

/// <summary>What is limited by memory: GELU over an MLP's hidden tokens, layer norm and softmax over rows.</summary>
public class ElementwiseBenchmarks
{
    private Tensor _x = null!, _y = null!, _gain = null!, _mean = null!, _rstd = null!;
    private Device _device = null!;

    /// <summary>Widths and threads; each kernel reads and writes every element once.</summary>
    public static IEnumerable<KernelWork> Works =>
        from width in new[] { 384, 1536, 4096 }
        from threads in KernelCase.Threads
        select new KernelWork($"{KernelCase.Tokens} x {width}", threads, Bytes: 2.0 * sizeof(float) * KernelCase.Tokens * width);

    /// <summary>The one that runs.</summary>
    [ParamsSource(nameof(Works))]
    public KernelWork Work { get; set; } = null!;

    /// <summary>Draws the operand and checks all three kernels.</summary>
    [GlobalSetup]
    public void Setup()
    {
        int width = int.Parse(Work.Name.Split(" x ")[1], System.Globalization.CultureInfo.InvariantCulture);
        _device = KernelCase.Device(Work.Threads);
        _x = KernelCase.Random(1, [KernelCase.Tokens, width]);
        _gain = KernelCase.Random(2, [width]);
        (_y, _mean, _rstd) = (Tensor.Empty(_x.Shape), Tensor.Empty([KernelCase.Tokens]), Tensor.Empty([KernelCase.Tokens]));
        Tensor reference = Tensor.Empty(_x.Shape);
        Gelu();
        Device.Reference.Activate(Activation.Gelu, _x, reference);
        KernelCase.Check(_y, reference, 1e-6);
        LayerNorm();
        Device.Reference.LayerNorm(_x, _gain, _gain, 1e-6, reference, _mean.Clone(), _rstd.Clone());
        KernelCase.Check(_y, reference, 1e-6);
        Softmax();
        Device.Reference.Softmax(_x, reference);
        KernelCase.Check(_y, reference, 1e-6);
    }

    /// <summary>Exact GELU.</summary>
    [Benchmark]
    public void Gelu() => _device.Activate(Activation.Gelu, _x, _y);

    /// <summary>Layer norm over rows.</summary>
    [Benchmark]
    public void LayerNorm() => _device.LayerNorm(_x, _gain, _gain, 1e-6, _y, _mean, _rstd);

    /// <summary>Softmax over rows.</summary>
    [Benchmark]
    public void Softmax() => _device.Softmax(_x, _y);
}
