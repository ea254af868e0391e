using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// x W^T for a handful of rows x and a bfloat16 W [N, K]: a language model that says one token after the other does nothing else, and is as fast as W can be read
/// from memory. Each weight is read once, widened in registers and multiplied in float32; nothing is rounded.
/// </summary>
internal static unsafe class GemmDotsBFloat16
{
    /// <summary>Up to this many rows: beyond them the multiply-adds take longer than the reading.</summary>
    public const int MaxRows = 8;

    /// <summary>Computes <paramref name="p"/>, whose B is read through <paramref name="weights"/>.</summary>
    /// <param name="workers">Threads.</param>
    /// <param name="set">Instruction set.</param>
    /// <param name="p">At most <see cref="MaxRows"/> rows; BRow = 1.</param>
    /// <param name="weights">W.</param>
    public static void Run(Workers workers, InstructionSet set, in GemmProblem p, ushort* weights)
    {
        var kernel = new Kernel { Workers = workers, P = p, Weights = weights };
        InstructionSets.Run(set, ref kernel);
    }

    private struct Kernel : ISimdKernel
    {
        public Workers Workers;
        public GemmProblem P;
        public ushort* Weights;

        public readonly void Run<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            // Even and odd places apart, as the weights come out of a register, with zeros up to a whole number of registers.
            var step = 2 * TSimd.Count;
            var half = (P.K + step - 1) / step * TSimd.Count;
            var inputs = (float*)Scratch.Get((long)P.M * 2 * half * sizeof(float));
            new Span<float>(inputs, P.M * 2 * half).Clear();
            for (var row = 0; row < P.M; row++)
            {
                float* from = P.A + row * P.ARow, even = inputs + (nint)row * 2 * half, odd = even + half;
                for (var k = 0; k < P.K / 2; k++, from += 2 * P.ACol)
                {
                    even[k] = *from;
                    odd[k] = from[P.ACol];
                }

                if (P.K % 2 != 0)
                {
                    even[P.K / 2] = *from;
                }
            }

            var work = new Strips<TSimd, TVector> { P = P, Weights = Weights, Inputs = inputs, Half = half };
            var strips = (P.N + Strips<TSimd, TVector>.Side - 1) / Strips<TSimd, TVector>.Side;
            work.Items = (int)Math.Clamp((long)P.N * P.K / WorthATeam, 1, strips);
            if (work.Items == 1)
            {
                work.Run(0, 0);
            }
            else
            {
                Workers.For(work.Items, ref work);
            }
        }
    }

    /// <summary>
    /// Weights of an item, half a megabyte. With fewer a second thread arrives when the work is done; with more the threads read far apart, which is slower (docs/performance.md),
    /// and one waits long for the last item of the other.
    /// </summary>
    private const long WorthATeam = 250_000;

    /// <summary>Depth at a time, in registers: inputs of 16 KiB stay in the first cache, where those of an 8,960 wide layer do not.</summary>
    private const int Strip = 128;

    /// <summary>Weights that are fetched ahead where rows lie one behind the other: a page of 4 KiB, at whose end the processor's own fetching stops.</summary>
    private const int Ahead = 2048;

    /// <summary>Bytes of a cache line.</summary>
    private const int Line = 64;

    private struct Strips<TSimd, TVector> : IWork
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        /// <summary>Columns of C that are written together.</summary>
        public const int Side = 16;

        public GemmProblem P;
        public ushort* Weights;
        public float* Inputs;
        public int Half, Items;

        public readonly void Run(int index, int worker)
        {
            var count = (P.N + Side - 1) / Side;
            var first = (int)((long)count * index / Items) * Side;
            var end = Math.Min(P.N, (int)((long)count * (index + 1) / Items) * Side);
            var tile = stackalloc float[MaxRows * Side];
            for (var column = first; column < end; column += Side)
            {
                var columns = Math.Min(Side, end - column);
                new Span<float>(tile, P.M * Side).Clear();
                for (var k = 0; k < Half; k += Strip * TSimd.Count)
                {
                    // One row of W after the other: a single stream is read faster than several at a time (docs/performance.md).
                    for (var j = 0; j < columns; j++)
                    {
                        var weights = Weights + (column + j) * P.BCol;
                        var row = 0;
                        for (; row + 2 <= P.M; row += 2)
                        {
                            Two(row, weights, k, tile + (row * Side) + j);
                        }

                        if (row < P.M)
                        {
                            One(row, weights, k, tile + (row * Side) + j);
                        }
                    }
                }

                GemmTile.Write<TSimd, TVector>(
                    tile, Side, P.C + column, P.CRow, P.M, columns, P.Alpha, P.Accumulate, P.Bias is null ? null : P.Bias + column);
                if (!P.Epilogue.IsNone)
                {
                    P.Epilogue.Apply<TSimd, TVector>(P.C + column, P.CRow, 0, column, P.M, columns);
                }
            }
        }

        /// <summary>to += x . w from a depth on, for as many as <see cref="GemmDotsBFloat16.Strip"/> says.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void One(int row, ushort* w, int k, float* to)
        {
            float* even = Inputs + (nint)row * 2 * Half, odd = even + Half;
            TVector e0, e1, o0, o1;
            e0 = e1 = o0 = o1 = TSimd.Zero;

            // The processor fetches ahead within a row; where only a part of it is read, it does not know that the next one's part comes then.
            nint ahead = Half > Strip * TSimd.Count ? P.BCol : Ahead;
            var end = Math.Min(Half, k + Strip * TSimd.Count);
            var whole = Math.Min(end, P.K / (2 * TSimd.Count) * TSimd.Count);
            var pairs = (whole - k) / (2 * TSimd.Count);
            if (typeof(TVector) == typeof(Vector512<float>) && Avx512F.IsSupported && pairs > 0 && (nint)w % sizeof(float) == 0)
            {
                var sums = stackalloc Vector512<float>[4];
                Across(even + k, odd + k, w + 2 * k, pairs, ahead, sums);
                (e0, o0, e1, o1) = (TSimd.Load((float*)sums), TSimd.Load((float*)(sums + 1)), TSimd.Load((float*)(sums + 2)), TSimd.Load((float*)(sums + 3)));
                k += pairs * 2 * TSimd.Count;
            }

            for (; k + 2 * TSimd.Count <= whole; k += 2 * TSimd.Count)
            {
                var at = w + 2 * k;
                GemmTile.PrefetchSecond(at + ahead, 4 * TSimd.Count * sizeof(ushort));

                e0 = TSimd.Fma(TSimd.Load(even + k), TSimd.LoadEven(at), e0);
                o0 = TSimd.Fma(TSimd.Load(odd + k), TSimd.LoadOdd(at), o0);
                at += 2 * TSimd.Count;
                e1 = TSimd.Fma(TSimd.Load(even + k + TSimd.Count), TSimd.LoadEven(at), e1);
                o1 = TSimd.Fma(TSimd.Load(odd + k + TSimd.Count), TSimd.LoadOdd(at), o1);
            }

            if (k < whole)
            {
                e0 = TSimd.Fma(TSimd.Load(even + k), TSimd.LoadEven(w + 2 * k), e0);
                o0 = TSimd.Fma(TSimd.Load(odd + k), TSimd.LoadOdd(w + 2 * k), o0);
            }

            if (whole < end)
            {
                var rest = stackalloc ushort[2 * TSimd.Count];
                Rest(w, whole, rest);
                e1 = TSimd.Fma(TSimd.Load(even + whole), TSimd.LoadEven(rest), e1);
                o1 = TSimd.Fma(TSimd.Load(odd + whole), TSimd.LoadOdd(rest), o1);
            }

            *to += TSimd.Sum(TSimd.Add(TSimd.Add(e0, e1), TSimd.Add(o0, o1)));
        }

        /// <summary>
        /// The loop of <see cref="One"/> on 512 bits, to the bit. Rows of a mapped file begin somewhere in a cache line, and a register that crosses a border reads two lines, for its even
        /// places and again for its odd ones. Here whole lines are loaded, each once, and two are joined.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Across(float* even, float* odd, ushort* w, int pairs, nint ahead, Vector512<float>* sums)
        {
            Vector512<float> e0, e1, o0, o1;
            e0 = e1 = o0 = o1 = Vector512<float>.Zero;
            var high = Vector512.Create(0xFFFF0000u);

            // Whole lines hold up to 60 bytes before and behind the row; what is read of them stays within lines, and so within pages, that the row is in.
            var places = (int)((nint)w % Line / sizeof(float));
            // A row that begins with a line takes nothing from the one before: all comes from the second of two, and the first that is loaded is never looked at.
            var skew = places == 0 ? Line / sizeof(float) : places;
            var joined = Vector512<uint>.Indices + Vector512.Create((uint)skew);
            var line = (byte*)w - skew * sizeof(float);
            var last = Vector512.Load((uint*)(places == 0 ? (byte*)w : line));
            for (var i = 0; i < pairs; i++)
            {
                Sse.Prefetch0(line + ahead * sizeof(ushort));
                Sse.Prefetch0(line + ahead * sizeof(ushort) + Line);
                line += 2 * Line;
                var middle = Vector512.Load((uint*)(line - Line));
                var next = Vector512.Load((uint*)line);
                var first = Avx512F.PermuteVar16x32x2(last, joined, middle);
                var second = Avx512F.PermuteVar16x32x2(middle, joined, next);
                last = next;
                e0 = Vector512.FusedMultiplyAdd(Vector512.Load(even), (first << 16).AsSingle(), e0);
                o0 = Vector512.FusedMultiplyAdd(Vector512.Load(odd), (first & high).AsSingle(), o0);
                e1 = Vector512.FusedMultiplyAdd(Vector512.Load(even + Vector512<float>.Count), (second << 16).AsSingle(), e1);
                o1 = Vector512.FusedMultiplyAdd(Vector512.Load(odd + Vector512<float>.Count), (second & high).AsSingle(), o1);
                even += 2 * Vector512<float>.Count;
                odd += 2 * Vector512<float>.Count;
            }

            sums[0] = e0;
            sums[1] = o0;
            sums[2] = e1;
            sums[3] = o1;
        }

        /// <summary>As <see cref="One"/> for a row of x and the next, so that a weight is widened once for both.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Two(int row, ushort* w, int k, float* to)
        {
            float* even = Inputs + (nint)row * 2 * Half, odd = even + Half, evenNext = odd + Half, oddNext = evenNext + Half;
            TVector e0, o0, e1, o1;
            e0 = o0 = e1 = o1 = TSimd.Zero;
            var rest = stackalloc ushort[2 * TSimd.Count];
            var end = Math.Min(Half, k + Strip * TSimd.Count);
            var whole = P.K / (2 * TSimd.Count) * TSimd.Count;
            for (; k < end; k += TSimd.Count)
            {
                var at = k < whole ? w + 2 * k : Rest(w, whole, rest);
                var wide = TSimd.LoadEven(at);
                e0 = TSimd.Fma(TSimd.Load(even + k), wide, e0);
                e1 = TSimd.Fma(TSimd.Load(evenNext + k), wide, e1);
                wide = TSimd.LoadOdd(at);
                o0 = TSimd.Fma(TSimd.Load(odd + k), wide, o0);
                o1 = TSimd.Fma(TSimd.Load(oddNext + k), wide, o1);
            }

            to[0] += TSimd.Sum(TSimd.Add(e0, o0));
            to[Side] += TSimd.Sum(TSimd.Add(e1, o1));
        }

        /// <summary>The weights of the last, short register, with zeros behind them.</summary>
        private readonly ushort* Rest(ushort* row, int whole, ushort* rest)
        {
            for (var i = 0; i < 2 * TSimd.Count; i++)
            {
                var k = 2 * whole + i;
                rest[i] = k < P.K ? row[k] : (ushort)0;
            }

            return rest;
        }
    }
}
