using BenchmarkDotNet.Attributes;
using HkaFer.Bench;
using HkaFer.Tensors;

namespace HkaFer.Benchmarks;

/// <summary>Products of frozen layers, forward (x W^T) and backward (g W), with and without the epilogue of a frozen fc1.</summary>
public class GemmBenchmarks
{
    private Tensor _a = null!, _b = null!, _y = null!, _bias = null!;
    private Device _device = null!;
    private Epilogue _epilogue;

    /// <summary>Shapes and threads.</summary>
    public static IEnumerable<KernelWork> Works =>
        from shape in SgemmShape.Frozen
        from threads in KernelCase.Threads
        select new KernelWork(shape.ToString(), threads, shape.Flops);

    /// <summary>The one that runs.</summary>
    [ParamsSource(nameof(Works))]
    public KernelWork Work { get; set; } = null!;

    /// <summary>Draws the operands and checks 64 rows against the reference.</summary>
    [GlobalSetup]
    public void Setup()
    {
        SgemmShape shape = SgemmShape.Frozen.First(s => s.ToString() == Work.Name);
        _device = KernelCase.Device(Work.Threads);
        _a = KernelCase.Random(1, [shape.M, shape.K]);
        Tensor weight = KernelCase.Random(2, shape.TransposedB ? [shape.N, shape.K] : [shape.K, shape.N]);
        _b = shape.TransposedB ? weight.Transpose(0, 1) : weight;
        _bias = KernelCase.Random(3, [shape.N]);
        _y = Tensor.Empty([shape.M, shape.N]);
        _epilogue = new Epilogue(Activation.Gelu, null, null);
        Tensor rows = _a.Slice(0, 0, 64).Clone(), ours = Tensor.Empty([64, shape.N]), reference = ours.Clone();
        _device.Gemm(rows, _b, ours, bias: _bias, epilogue: _epilogue);
        Device.Reference.Gemm(rows, _b, reference, bias: _bias, epilogue: _epilogue);
        KernelCase.Check(ours, reference, 1e-4);
    }

    /// <summary>The product.</summary>
    [Benchmark]
    public void Product() => _device.Gemm(_a, _b, _y);

    /// <summary>The product, bias and GELU in one pass.</summary>
    [Benchmark]
    public void WithGelu() => _device.Gemm(_a, _b, _y, bias: _bias, epilogue: _epilogue);
}
