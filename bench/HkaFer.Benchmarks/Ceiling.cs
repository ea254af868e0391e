using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using HkaFer.Tensors.Kernels;

namespace HkaFer.Benchmarks;

/// <summary>Multiply-adds between registers, as many as the units take: what no product can pass.</summary>
internal static class Ceiling
{
    private static readonly ConcurrentDictionary<int, double> s_measured = [];

    /// <summary>GFLOP/s of some threads together with the best instruction set.</summary>
    public static double Of(int threads) => s_measured.GetOrAdd(threads, static count =>
    {
        using var workers = new Workers(count);
        double best = double.PositiveInfinity;
        for (int i = 0; i < 20; i++)
        {
            var work = new Work();
            long start = Stopwatch.GetTimestamp();
            workers.For(count, ref work);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return count * 1e-9 * Work.Flops(InstructionSets.Best) / best;
    });

    private struct Work : IWork, ISimdKernel
    {
        private const int Chains = 16, Rounds = 1_000_000;

        public static double Flops(InstructionSet set) => 2.0 * Chains * Rounds
            * set switch { InstructionSet.Avx512 => 16, InstructionSet.Avx2 => 8, InstructionSet.AdvSimd => 4, _ => 1 };

        public void Run(int index, int worker) => InstructionSets.Run(InstructionSets.Best, ref this);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            // Named one by one: an array of vectors would live in memory. Sixteen, for four units of four cycles.
            TVector x = TSimd.Broadcast(0.999999f), y = TSimd.Broadcast(1e-6f);
            TVector a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x, m = x, n = x, o = x, p = x;
            for (int round = 0; round < Rounds; round++)
            {
                a = TSimd.Fma(a, x, y); b = TSimd.Fma(b, x, y); c = TSimd.Fma(c, x, y); d = TSimd.Fma(d, x, y);
                e = TSimd.Fma(e, x, y); f = TSimd.Fma(f, x, y); g = TSimd.Fma(g, x, y); h = TSimd.Fma(h, x, y);
                i = TSimd.Fma(i, x, y); j = TSimd.Fma(j, x, y); k = TSimd.Fma(k, x, y); l = TSimd.Fma(l, x, y);
                m = TSimd.Fma(m, x, y); n = TSimd.Fma(n, x, y); o = TSimd.Fma(o, x, y); p = TSimd.Fma(p, x, y);
            }

            TVector sum = TSimd.Add(TSimd.Add(TSimd.Add(a, b), TSimd.Add(c, d)), TSimd.Add(TSimd.Add(e, f), TSimd.Add(g, h)));
            sum = TSimd.Add(sum, TSimd.Add(TSimd.Add(TSimd.Add(i, j), TSimd.Add(k, l)), TSimd.Add(TSimd.Add(m, n), TSimd.Add(o, p))));
            if (TSimd.Sum(sum) < 0)
            {
                throw new InvalidOperationException("the sums are positive; they are only used so that they are made");
            }
        }
    }
}
