using System.Runtime.Intrinsics;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// float32 matrix products; <see cref="GemmReference"/> is the specification. For one instruction set the result is the same to the bit for
/// any number of threads.
/// </summary>
internal static unsafe class Gemm
{
    /// <summary>Below this many multiply-adds (some 10 microseconds) a second thread arrives when the work is done.</summary>
    private const long WorthATeam = 500_000;

    /// <summary>Up to this many rows or columns, operands that both run along k are multiplied where they lie.</summary>
    private const int FewDots = 8;

    /// <summary>Computes <paramref name="p"/>.</summary>
    /// <exception cref="ArgumentException">A negative size, or a bias epilogue without bias.</exception>
    /// <exception cref="PlatformNotSupportedException">This processor does not execute <paramref name="set"/>.</exception>
    public static void Run(Workers workers, InstructionSet set, in GemmProblem p)
    {
        Check(set, p);
        RunOn((long)p.M * p.N * p.K >= WorthATeam ? workers : null, set, p);
    }

    /// <summary>
    /// Computes <paramref name="batch"/> problems of one shape: <paramref name="p"/> is the first; the others lie
    /// <paramref name="aStep"/>, <paramref name="bStep"/> and <paramref name="cStep"/> floats further each; bias is shared.
    /// </summary>
    /// <exception cref="ArgumentException">A negative size, or a bias epilogue without bias.</exception>
    /// <exception cref="PlatformNotSupportedException">This processor does not execute <paramref name="set"/>.</exception>
    public static void RunBatch(Workers workers, InstructionSet set, in GemmProblem p, int batch, nint aStep, nint bStep, nint cStep)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        Check(set, p);
        if (p.M == 0 || p.N == 0)
        {
            return;
        }
        var work = new Batch { P = p, Set = set, AStep = aStep, BStep = bStep, CStep = cStep, Parts = 1 };
        if ((long)p.M * p.N * p.K * batch < WorthATeam)
        {
            for (var i = 0; i < batch; i++)
            {
                work.Run(i, 0);
            }
            return;
        }
        if (batch < 4 * workers.Count)
        {
            // Cut rows so that no thread is left waiting for another's whole matrix. Each part packs B again: not below 96 rows.
            work.Parts = Math.Clamp(4 * workers.Count / Math.Max(batch, 1), 1, Math.Max(1, p.M / 96));
        }
        workers.For(batch * work.Parts, ref work);
    }

    private static void RunOn(Workers? team, InstructionSet set, in GemmProblem p)
    {
        if (p.M == 0 || p.N == 0)
        {
            return;
        }
        var dots = p is { ACol: 1, BRow: 1, K: > 0 } && Math.Min(p.M, p.N) <= FewDots;
        switch (set)
        {
            case InstructionSet.Avx512 when dots:
                GemmDots<Simd512, Vector512<float>>.Run(team, p);
                break;
            case InstructionSet.Avx512:
                GemmBlocks<MicroKernel512, Simd512, Vector512<float>>.Run(team, p);
                break;
            case InstructionSet.Avx2 when dots:
                GemmDots<Simd256, Vector256<float>>.Run(team, p);
                break;
            case InstructionSet.Avx2:
                GemmBlocks<MicroKernel256, Simd256, Vector256<float>>.Run(team, p);
                break;
            case InstructionSet.AdvSimd when dots:
                GemmDots<Simd128, Vector128<float>>.Run(team, p);
                break;
            case InstructionSet.AdvSimd:
                GemmBlocks<MicroKernel128, Simd128, Vector128<float>>.Run(team, p);
                break;
            case var _ when dots:
                GemmDots<Simd1, float>.Run(team, p);
                break;
            default:
                GemmBlocks<MicroKernel1, Simd1, float>.Run(team, p);
                break;
        }
    }

    private static void Check(InstructionSet set, in GemmProblem p)
    {
        if (!InstructionSets.IsSupported(set))
        {
            throw new PlatformNotSupportedException(
                $"gemm: instruction set {set} is not supported by this processor; take {InstructionSets.Best}");
        }
        if (p.M < 0 || p.N < 0 || p.K < 0)
        {
            throw new ArgumentException($"gemm: expected sizes of 0 or more, got M {p.M}, N {p.N}, K {p.K}", nameof(p));
        }
        if (p.Epilogue == GemmEpilogue.Bias && p.Bias is null)
        {
            throw new ArgumentException("gemm: the bias epilogue was asked for without a bias; set Bias, or Epilogue to None", nameof(p));
        }
    }

    private struct Batch : IWork
    {
        public GemmProblem P;
        public InstructionSet Set;
        public nint AStep, BStep, CStep;
        public int Parts;

        public readonly void Run(int index, int worker)
        {
            var (item, part) = (index / Parts, index % Parts);
            var first = (int)((long)P.M * part / Parts);
            var end = (int)((long)P.M * (part + 1) / Parts);
            var p = P.Part(first, end - first, 0, P.N);
            p.A += item * AStep;
            p.B += item * BStep;
            p.C += item * CStep;
            RunOn(null, Set, p);
        }
    }
}
