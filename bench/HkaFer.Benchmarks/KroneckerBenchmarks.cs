using BenchmarkDotNet.Attributes;
using HkaFer.Bench;
using HkaFer.Tensors;

namespace HkaFer.Benchmarks;

/// <summary>HeKA with the dual-branch router beside the four layers of a block of ViT-S and ViT-L.</summary>
public class KroneckerBenchmarks
{
    private KroneckerBenchLayer _layer = null!;
    private CpuDevice _device = null!;

    /// <summary>Layers and threads; the count is that of the adapters' forward products.</summary>
    public static IEnumerable<KernelWork> Works =>
        from layer in KroneckerBenchLayer.Published
        from threads in KernelCase.Threads
        select new KernelWork(
            $"{layer.In} -> {layer.Out}", threads,
            2.0 * KernelCase.Tokens * new KroneckerBenchLayer(1, layer.In, layer.Out, layer.Width).MultiplyAdds);

    /// <summary>The one that runs.</summary>
    [ParamsSource(nameof(Works))]
    public KernelWork Work { get; set; } = null!;

    /// <summary>Draws the operands and checks two tokens, forward and backward.</summary>
    [GlobalSetup]
    public void Setup()
    {
        (int input, int output, int width) = KroneckerBenchLayer.Published.First(layer => $"{layer.In} -> {layer.Out}" == Work.Name);
        _device = KernelCase.Device(Work.Threads);
        if (!KroneckerBench.Agrees(_device, input, output, width))
        {
            throw new InvalidOperationException("the kernel differs from the reference; its time would mean nothing");
        }

        _layer = new KroneckerBenchLayer(KernelCase.Tokens, input, output, width);
    }

    /// <summary>Adds all adapters to the layer's output.</summary>
    [Benchmark]
    public void Forward() => _layer.Run(_device, backward: false);

    /// <summary>All gradients; five products for the forward pass's two.</summary>
    [Benchmark]
    public void Backward() => _layer.Run(_device, backward: true);
}
