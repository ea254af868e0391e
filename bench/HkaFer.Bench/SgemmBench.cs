using System.Diagnostics;
using System.Runtime.InteropServices;
using HkaFer.Tensors.Kernels;

namespace HkaFer.Bench;

/// <summary>
/// Managed sgemm against OpenBLAS on the products of a vision transformer: 4 images of 257 tokens, widths 384 and 1024. Each result is first
/// checked against the reference; then the two take turns in one process and each keeps its best time, since other work on the
/// machine only ever adds to a time.
/// </summary>
internal static unsafe class SgemmBench
{
    private const int Tokens = 1028;

    private static readonly (int K, int N)[] Shapes =
        [(384, 1152), (384, 384), (384, 1536), (1536, 384), (1024, 3072), (1024, 1024), (1024, 4096), (4096, 1024)];

    private enum Product
    {
        /// <summary>x W^T: the forward pass.</summary>
        Forward,

        /// <summary>g W: the gradient of x.</summary>
        InputGradient,

        /// <summary>g^T x: the gradient of W.</summary>
        WeightGradient,
    }

    /// <summary>Measures every shape, operand order and number of threads.</summary>
    /// <param name="set">Instruction set of the managed product.</param>
    /// <param name="threads">Numbers of threads to measure.</param>
    /// <param name="seconds">Time for each row.</param>
    /// <param name="report">Called with each row as it is done.</param>
    /// <param name="weightGradients">Also the weight gradients.</param>
    public static List<SgemmRow> Run(
        InstructionSet set, IEnumerable<int> threads, double seconds, Action<SgemmRow> report, bool weightGradients = false)
    {
        var peer = OpenBlas.Find();
        var rows = new List<SgemmRow>();
        foreach (var count in threads)
        {
            using var workers = new Workers(count);
            peer?.SetThreads(count);
            foreach (var product in weightGradients ? Enum.GetValues<Product>() : [Product.Forward, Product.InputGradient])
            {
                foreach (var (k, n) in Shapes)
                {
                    rows.Add(Measure(workers, set, peer, product, k, n, seconds));
                    report(rows[^1]);
                }
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

    private static SgemmRow Measure(
        Workers workers, InstructionSet set, OpenBlas? peer, Product product, int inputs, int outputs, double seconds)
    {
        using var x = new Matrix(Tokens, inputs);
        using var w = new Matrix(outputs, inputs);
        using var g = new Matrix(Tokens, outputs);
        using var mine = new Matrix(product == Product.WeightGradient ? outputs : Tokens, product == Product.Forward ? outputs : inputs);
        using var theirs = new Matrix(mine.Rows, mine.Columns);
        var (left, leftTransposed, right, rightTransposed) = product switch
        {
            Product.Forward => (x, false, w, true),
            Product.InputGradient => (g, false, w, false),
            _ => (g, true, x, false),
        };
        var depth = leftTransposed ? left.Rows : left.Columns;
        var problem = new GemmProblem
        {
            M = mine.Rows,
            N = mine.Columns,
            K = depth,
            A = left.Data,
            ARow = leftTransposed ? 1 : left.Columns,
            ACol = leftTransposed ? left.Columns : 1,
            B = right.Data,
            BRow = rightTransposed ? 1 : right.Columns,
            BCol = rightTransposed ? right.Columns : 1,
            C = mine.Data,
            CRow = mine.Columns,
        };
        double best = double.PositiveInfinity, bestPeer = double.PositiveInfinity;
        var deadline = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        for (var round = 0; round < 5 || Stopwatch.GetTimestamp() < deadline; round++)
        {
            var start = Stopwatch.GetTimestamp();
            Gemm.Run(workers, set, problem);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            start = Stopwatch.GetTimestamp();
            peer?.Multiply(
                leftTransposed, rightTransposed, mine.Rows, mine.Columns, depth, left.Data, left.Columns, right.Data, right.Columns,
                theirs.Data, theirs.Columns);
            bestPeer = Math.Min(bestPeer, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        var flops = 2.0 * mine.Rows * mine.Columns * depth * 1e-9;
        var operands = product switch { Product.Forward => "x W^T", Product.InputGradient => "g W", _ => "g^T x" };
        return new SgemmRow(
            $"{operands,-6} {mine.Rows} x {mine.Columns} over {depth}, {workers.Count} thread{(workers.Count == 1 ? "" : "s")}",
            flops / best, peer is null ? null : flops / bestPeer, Check(problem));
    }

    /// <summary>2000 elements, the corners among them, against the reference.</summary>
    private static bool Check(in GemmProblem p)
    {
        var random = new Random(5);
        for (var i = 0; i < 2000; i++)
        {
            var m = i < 4 ? i / 2 * (p.M - 1) : random.Next(p.M);
            var n = i < 4 ? i % 2 * (p.N - 1) : random.Next(p.N);
            var magnitude = 0.0;
            for (var k = 0; k < p.K; k++)
            {
                magnitude += Math.Abs(p.A[m * p.ARow + k * p.ACol] * p.B[k * p.BRow + n * p.BCol]);
            }
            // Rounding errors of a float sum of random terms grow as the root of their number; 1e-6 is ten times that at 4096.
            if (!(Math.Abs(p.C[m * p.CRow + n] - GemmReference.Element(p, m, n)) <= 1e-6 * magnitude))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Row-major floats in [-1, 1).</summary>
    private sealed class Matrix : IDisposable
    {
        public Matrix(int rows, int columns)
        {
            (Rows, Columns) = (rows, columns);
            Data = (float*)NativeMemory.AlignedAlloc((nuint)rows * (nuint)columns * sizeof(float), 64);
            var random = new Random(rows * 31 + columns);
            for (nint i = 0; i < (nint)rows * columns; i++)
            {
                Data[i] = random.NextSingle() * 2 - 1;
            }
        }

        public int Rows { get; }

        public int Columns { get; }

        public float* Data { get; }

        public void Dispose() => NativeMemory.AlignedFree(Data);
    }
}
