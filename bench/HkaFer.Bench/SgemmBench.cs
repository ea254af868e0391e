using System.Diagnostics;
using System.Runtime.InteropServices;
using HkaFer.Tensors.Kernels;

namespace HkaFer.Bench;

/// <summary>
/// Managed sgemm against OpenBLAS. Each result is checked against the reference; the two take turns in one process and each keeps its best
/// time, since other work on the machine only ever adds to a time. OpenBLAS has no batches: it gets one call for each.
/// </summary>
internal static unsafe class SgemmBench
{
    /// <summary>Measures <paramref name="shapes"/> with each number of threads.</summary>
    /// <param name="shapes">Products.</param>
    /// <param name="set">Instruction set of the managed product.</param>
    /// <param name="threads">Numbers of threads.</param>
    /// <param name="seconds">Time for each row.</param>
    /// <param name="report">Called with each row as it is done.</param>
    public static List<SgemmRow> Run(
        IReadOnlyCollection<SgemmShape> shapes, InstructionSet set, IEnumerable<int> threads, double seconds, Action<SgemmRow> report)
    {
        var peer = OpenBlas.Find();
        var rows = new List<SgemmRow>();
        foreach (var count in threads)
        {
            using var workers = new Workers(count);
            peer?.SetThreads(count);
            foreach (var shape in shapes)
            {
                rows.Add(Measure(workers, set, peer, shape, seconds));
                report(rows[^1]);
            }
        }
        return rows;
    }

    /// <summary>Geometric mean of the ratios, and the smallest.</summary>
    public static (double Mean, double Least) Summary(IEnumerable<SgemmRow> rows)
    {
        var ratios = rows.Select(r => r.Ratio ?? double.NaN).ToArray();
        return (Math.Exp(ratios.Average(Math.Log)), ratios.Min());
    }

    private static SgemmRow Measure(Workers workers, InstructionSet set, OpenBlas? peer, SgemmShape shape, double seconds)
    {
        var (m, n, k) = (shape.M, shape.N, shape.K);
        using var a = new Floats((nint)m * k * shape.Batch);
        using var b = new Floats((nint)k * n * shape.Batch);
        using var mine = new Floats((nint)m * n * shape.Batch);
        using var theirs = new Floats((nint)m * n * shape.Batch);
        var problem = new GemmProblem
        {
            M = m, N = n, K = k,
            A = a.Data, ARow = shape.TransposedA ? 1 : k, ACol = shape.TransposedA ? m : 1,
            B = b.Data, BRow = shape.TransposedB ? 1 : n, BCol = shape.TransposedB ? k : 1,
            C = mine.Data, CRow = n,
        };
        double best = double.PositiveInfinity, bestPeer = double.PositiveInfinity;
        var deadline = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        do
        {
            best = Math.Min(best, BestOfTurn(shape, () =>
                Gemm.RunBatch(workers, set, problem, shape.Batch, (nint)m * k, (nint)k * n, (nint)m * n)));
            if (peer is null)
            {
                continue;
            }
            bestPeer = Math.Min(bestPeer, BestOfTurn(shape, () =>
            {
                for (nint i = 0; i < shape.Batch; i++)
                {
                    peer.Multiply(
                        shape.TransposedA, shape.TransposedB, m, n, k, a.Data + i * m * k, shape.TransposedA ? m : k,
                        b.Data + i * k * n, shape.TransposedB ? k : n, theirs.Data + i * m * n, n);
                }
            }));
        }
        while (Stopwatch.GetTimestamp() < deadline);
        return new SgemmRow(
            $"{shape}, {workers.Count} thread{(workers.Count == 1 ? "" : "s")}",
            shape.Flops / best * 1e-9, peer is null ? null : shape.Flops / bestPeer * 1e-9, Check(problem, shape));
    }

    /// <summary>
    /// Best seconds in one turn. A turn outlasts the moment that the other's threads go on spinning after its last product (OpenBLAS: some
    /// 25 ms), which would slow a team of as many threads as processors.
    /// </summary>
    private static double BestOfTurn(SgemmShape shape, Action product)
    {
        // Small products are timed by the hundred, beyond the grain of the clock.
        var repeats = (int)Math.Clamp(5e6 / shape.Flops, 1, 1000);
        var best = double.PositiveInfinity;
        var begin = Stopwatch.GetTimestamp();
        for (var round = 0; round < 3 || Stopwatch.GetElapsedTime(begin).TotalSeconds < 0.08; round++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < repeats; i++)
            {
                product();
            }
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds / repeats);
        }
        return best;
    }

    /// <summary>2000 elements, corners among them, against the reference.</summary>
    private static bool Check(in GemmProblem problem, SgemmShape shape)
    {
        var random = new Random(5);
        for (var i = 0; i < 2000; i++)
        {
            var item = (nint)(i < 8 ? i / 4 * (shape.Batch - 1) : random.Next(shape.Batch));
            var m = i < 8 ? i / 2 % 2 * (shape.M - 1) : random.Next(shape.M);
            var n = i < 8 ? i % 2 * (shape.N - 1) : random.Next(shape.N);
            var p = problem;
            p.A += item * shape.M * shape.K;
            p.B += item * shape.K * shape.N;
            p.C += item * shape.M * shape.N;
            var magnitude = 0.0;
            for (var k = 0; k < p.K; k++)
            {
                magnitude += Math.Abs(p.A[m * p.ARow + k * p.ACol] * p.B[k * p.BRow + n * p.BCol]);
            }
            // Each of K roundings is at most 6e-8 of a partial sum, which is a small part of the sum of magnitudes.
            if (!(Math.Abs(p.C[m * p.CRow + n] - GemmReference.Element(p, m, n)) <= 1e-6 * magnitude))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Random floats in [-1, 1), on a cache line of their own.</summary>
    private sealed class Floats : IDisposable
    {
        public Floats(nint length)
        {
            Data = (float*)NativeMemory.AlignedAlloc((nuint)length * sizeof(float), 64);
            var random = new Random((int)length);
            for (nint i = 0; i < length; i++)
            {
                Data[i] = random.NextSingle() * 2 - 1;
            }
        }

        public float* Data { get; }

        public void Dispose() => NativeMemory.AlignedFree(Data);
    }
}
