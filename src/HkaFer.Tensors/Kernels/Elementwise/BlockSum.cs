using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// Sums of floats, or of their squares, in float64. Each block of fixed size has its own sum and the blocks are added in order, so the
/// result depends neither on threads nor on the instruction set (the lanes are those of a 256-bit vector everywhere).
/// </summary>
internal unsafe struct BlockSum : IRangeKernel
{
    private const int Block = 1 << 14;
    private float* _x;
    private long _count;
    private double* _sums;
    private bool _squares;

    internal static double Of(float* x, long count, bool squares, InstructionSet set, Workers workers)
    {
        long blocks = (count + Block - 1) / Block;
        var sums = (double*)Scratch.Get(blocks * sizeof(double));
        Ranges.Run(set, workers, blocks, 2, new BlockSum { _x = x, _count = count, _sums = sums, _squares = squares });
        double total = 0;
        for (long i = 0; i < blocks; i++) { total += sums[i]; }
        return total;
    }

    public readonly void Run<TSimd, TVector>(long start, long end)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        for (long block = start; block < end; block++)
        {
            _sums[block] = Sum(_x + (block * Block), (int)Math.Min(Block, _count - (block * Block)), _squares);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Sum(float* x, int n, bool squares)
    {
        Vector256<double> low = Vector256<double>.Zero, high = Vector256<double>.Zero;
        int i = 0;
        for (; i <= n - 8; i += 8)
        {
            (Vector256<double> a, Vector256<double> b) = Vector256.Widen(Vector256.Load(x + i));
            low += squares ? a * a : a;
            high += squares ? b * b : b;
        }

        double rest = 0;
        for (; i < n; i++) { rest += squares ? (double)x[i] * x[i] : x[i]; }
        return Vector256.Sum(low + high) + rest;
    }
}
