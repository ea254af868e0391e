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

    /// <summary>
    /// Up to this many rows or columns, operands that both run along k are multiplied where they lie: measured, a packed weight pays for
    /// itself above 32 rows, and a packed input above 24 columns.
    /// </summary>
    internal const int DotRows = 32, DotColumns = 24;

    /// <summary>Below this many terms a dot product spends its time in adding up its lanes.</summary>
    private const int DotDepth = 64;

    /// <summary>Computes <paramref name="p"/>.</summary>
    /// <exception cref="ArgumentException">A negative size.</exception>
    /// <exception cref="PlatformNotSupportedException">This processor does not execute <paramref name="set"/>.</exception>
    public static void Run(Workers workers, InstructionSet set, in GemmProblem p)
    {
        Check(set, p);
        RunOn((long)p.M * p.N * p.K >= WorthATeam ? workers : null, set, p);
    }

    /// <summary>
    /// Computes <paramref name="batch"/> problems of one shape: <paramref name="p"/> is the first; the others lie
    /// <paramref name="aStep"/>, <paramref name="bStep"/> and <paramref name="cStep"/> floats further each; bias is shared, and an epilogue must not have a residual.
    /// </summary>
    /// <exception cref="ArgumentException">A negative size.</exception>
    /// <exception cref="PlatformNotSupportedException">This processor does not execute <paramref name="set"/>.</exception>
    public static void RunBatch(Workers workers, InstructionSet set, in GemmProblem p, int batch, nint aStep, nint bStep, nint cStep)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        Check(set, p);
        if (p.M == 0 || p.N == 0)
        {
            return;
        }
        var each = (long)p.M * p.N * p.K;
        var work = new Batch { P = p, Set = set, AStep = aStep, BStep = bStep, CStep = cStep };
        if (each * batch < WorthATeam)
        {
            RunEach(batch, work);
        }
        else if (batch < 4 * workers.Count && each >= 2 * WorthATeam)
        {
            // Few and large: the whole team on each, or the last would leave threads idle.
            work.Team = workers;
            RunEach(batch, work);
        }
        else
        {
            workers.For(batch, ref work);
        }
    }

    /// <summary>Floats that <see cref="Pack"/> writes.</summary>
    public static nint PackedLength(InstructionSet set, in GemmProblem p) => set switch
    {
        InstructionSet.Avx512 => GemmBlocks<MicroKernel512, Simd512, Vector512<float>>.PackedLength(p),
        InstructionSet.Avx2 => GemmBlocks<MicroKernel256, Simd256, Vector256<float>>.PackedLength(p),
        InstructionSet.AdvSimd => GemmBlocks<MicroKernel128, Simd128, Vector128<float>>.PackedLength(p),
        _ => GemmBlocks<MicroKernel1, Simd1, float>.PackedLength(p),
    };

    /// <summary>Packs B into <see cref="GemmProblem.Packed"/>, for any number of products of this instruction set, N and K.</summary>
    public static void Pack(Workers workers, InstructionSet set, in GemmProblem p)
    {
        Check(set, p);
        Workers? team = (long)p.N * p.K >= WorthATeam ? workers : null;
        switch (set)
        {
            case InstructionSet.Avx512:
                GemmBlocks<MicroKernel512, Simd512, Vector512<float>>.Pack(team, p);
                break;
            case InstructionSet.Avx2:
                GemmBlocks<MicroKernel256, Simd256, Vector256<float>>.Pack(team, p);
                break;
            case InstructionSet.AdvSimd:
                GemmBlocks<MicroKernel128, Simd128, Vector128<float>>.Pack(team, p);
                break;
            default:
                GemmBlocks<MicroKernel1, Simd1, float>.Pack(team, p);
                break;
        }
    }

    private static void RunEach(int batch, in Batch work)
    {
        for (var i = 0; i < batch; i++)
        {
            work.Run(i, 0);
        }
    }

    private static void RunOn(Workers? team, InstructionSet set, in GemmProblem p)
    {
        if (p.M == 0 || p.N == 0)
        {
            return;
        }
        var dots = UsesDots(p);
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

    /// <summary>Whether the operands are multiplied where they lie, so that a packed B is not read.</summary>
    public static bool UsesDots(in GemmProblem p) => p is { ACol: 1, BRow: 1, K: >= DotDepth } && (p.M <= DotRows || p.N <= DotColumns);

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
    }

    private struct Batch : IWork
    {
        public GemmProblem P;
        public InstructionSet Set;
        public nint AStep, BStep, CStep;
        public Workers? Team;

        public readonly void Run(int index, int worker)
        {
            var p = P;
            p.A += index * AStep;
            p.B += index * BStep;
            p.C += index * CStep;
            RunOn(Team, Set, p);
        }
    }
}
