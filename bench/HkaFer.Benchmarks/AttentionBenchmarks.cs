using BenchmarkDotNet.Attributes;
using HkaFer.Tensors;

namespace HkaFer.Benchmarks;

/// <summary>Attention of ViT-S (6 heads) and ViT-L (16), four images.</summary>
public class AttentionBenchmarks
{
    private const int Batch = 4, Dim = 64;
    private readonly double _scale = 1 / Math.Sqrt(Dim);
    private Tensor _q = null!, _k = null!, _v = null!, _y = null!, _lse = null!, _gy = null!, _gq = null!, _gk = null!, _gv = null!;
    private Device _device = null!;

    /// <summary>Heads, tokens and threads; the count is that of the forward pass.</summary>
    public static IEnumerable<KernelWork> Works =>
        from size in new[] { (Heads: 6, Tokens: 257), (Heads: 16, Tokens: 257), (Heads: 6, Tokens: 1370) }
        from threads in KernelCase.Threads
        select new KernelWork($"{size.Heads} heads of {size.Tokens}", threads, 4.0 * Batch * size.Heads * size.Tokens * size.Tokens * Dim);

    /// <summary>The one that runs.</summary>
    [ParamsSource(nameof(Works))]
    public KernelWork Work { get; set; } = null!;

    /// <summary>Draws the operands and checks one image of one head.</summary>
    [GlobalSetup]
    public void Setup()
    {
        int[] sizes = [.. Work.Name.Split(" heads of ").Select(int.Parse)];
        _device = KernelCase.Device(Work.Threads);
        Check(KernelCase.Random(1, [1, 1, 33, Dim]), KernelCase.Random(2, [1, 1, 33, Dim]), KernelCase.Random(3, [1, 1, 33, Dim]));
        Shape shape = [Batch, sizes[0], sizes[1], Dim];
        (_q, _k, _v, _gy) = (KernelCase.Random(1, shape), KernelCase.Random(2, shape), KernelCase.Random(3, shape), KernelCase.Random(4, shape));
        (_y, _gq, _gk, _gv) = (Tensor.Empty(shape), Tensor.Empty(shape), Tensor.Empty(shape), Tensor.Empty(shape));
        _lse = Tensor.Empty([Batch, sizes[0], sizes[1]]);
        Forward();
    }

    /// <summary>softmax(q k^T) v.</summary>
    [Benchmark]
    public void Forward() => _device.Attention(_q, _k, _v, _scale, false, _y, _lse);

    /// <summary>All three gradients; five products for the forward pass's two.</summary>
    [Benchmark]
    public void Backward() => _device.AttentionBackward(_q, _k, _v, _scale, false, _y, _lse, _gy, _gq, _gk, _gv);

    private void Check(Tensor q, Tensor k, Tensor v)
    {
        Tensor[] Run(Device device)
        {
            Tensor y = Tensor.Empty(q.Shape), lse = Tensor.Empty([1, 1, q.Shape[2]]), gq = y.Clone(), gk = y.Clone(), gv = y.Clone();
            device.Attention(q, k, v, _scale, false, y, lse);
            device.AttentionBackward(q, k, v, _scale, false, y, lse, v, gq, gk, gv);
            return [y, gq, gk, gv];
        }

        foreach ((Tensor ours, Tensor reference) in Run(_device).Zip(Run(Device.Reference)))
        {
            KernelCase.Check(ours, reference, 1e-5);
        }
    }
}
