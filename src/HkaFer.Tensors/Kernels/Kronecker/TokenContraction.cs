using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// dW[r, k] += sum over tokens and c of P[r, c] Q[k, c]: the gradient of every weight. Sums stay in vectors over c and over the groups of a
/// tile and cross the lanes once at the end.
/// </summary>
internal static unsafe class TokenContraction
{
    /// <summary>Adds the contraction of several groups of tokens.</summary>
    /// <param name="p">[rows, depth] of the first group.</param>
    /// <param name="rows">Rows of dW.</param>
    /// <param name="q">[columns, depth] of the first group.</param>
    /// <param name="columns">Columns of dW.</param>
    /// <param name="depth">The length of c.</param>
    /// <param name="groups">Groups of tokens.</param>
    /// <param name="groupStep">Floats from one group to the next, in both.</param>
    /// <param name="into">dW.</param>
    /// <param name="intoStep">Floats from one row of dW to the next.</param>
    internal static void Run<TSimd, TVector>(
        TokenMatrix p, int rows, TokenMatrix q, int columns, int depth, int groups, nint groupStep, float* into, int intoStep)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        var four = TSimd.Count is 16 or 4;
        for (var r = 0; r < rows; r += four ? 4 : 2)
        {
            var from = p.Origin + ((nint)r * p.RowStep * TSimd.Count);
            var to = into + ((nint)r * intoStep);
            if (four)
            {
                Strip4<TSimd, TVector>(from, p, Math.Min(4, rows - r), q, columns, depth, groups, groupStep, to, intoStep);
            }
            else
            {
                Strip2<TSimd, TVector>(from, p, Math.Min(2, rows - r), q, columns, depth, groups, groupStep, to, intoStep);
            }
        }
    }

    // Rows and columns beyond the last are read from the last again and not stored.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Strip4<TSimd, TVector>(
        float* p0, TokenMatrix p, int live, TokenMatrix q, int columns, int depth, int groups, nint groupStep, float* into, int intoStep)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        var row = (nint)p.RowStep * TSimd.Count;
        var p1 = p0 + (live > 1 ? row : 0);
        var p2 = p1 + (live > 2 ? row : 0);
        var p3 = p2 + (live > 3 ? row : 0);
        var pStep = (nint)p.ColumnStep * TSimd.Count;
        var qStep = (nint)q.ColumnStep * TSimd.Count;
        var qRow = (nint)q.RowStep * TSimd.Count;
        var sums = stackalloc float[16];
        for (var k = 0; k < columns; k += 4)
        {
            var liveColumns = Math.Min(4, columns - k);
            var q0 = q.Origin + (k * qRow);
            var q1 = q0 + (liveColumns > 1 ? qRow : 0);
            var q2 = q1 + (liveColumns > 2 ? qRow : 0);
            var q3 = q2 + (liveColumns > 3 ? qRow : 0);
            TVector s00 = TSimd.Zero, s01 = TSimd.Zero, s02 = TSimd.Zero, s03 = TSimd.Zero;
            TVector s10 = TSimd.Zero, s11 = TSimd.Zero, s12 = TSimd.Zero, s13 = TSimd.Zero;
            TVector s20 = TSimd.Zero, s21 = TSimd.Zero, s22 = TSimd.Zero, s23 = TSimd.Zero;
            TVector s30 = TSimd.Zero, s31 = TSimd.Zero, s32 = TSimd.Zero, s33 = TSimd.Zero;
            for (var g = 0; g < groups; g++)
            {
                nint i = g * groupStep, j = i;
                for (var c = depth; c > 0; c--)
                {
                    TVector v0 = TSimd.Load(p0 + i), v1 = TSimd.Load(p1 + i), v2 = TSimd.Load(p2 + i), v3 = TSimd.Load(p3 + i);
                    var w = TSimd.Load(q0 + j);
                    s00 = TSimd.Fma(v0, w, s00);
                    s10 = TSimd.Fma(v1, w, s10);
                    s20 = TSimd.Fma(v2, w, s20);
                    s30 = TSimd.Fma(v3, w, s30);
                    w = TSimd.Load(q1 + j);
                    s01 = TSimd.Fma(v0, w, s01);
                    s11 = TSimd.Fma(v1, w, s11);
                    s21 = TSimd.Fma(v2, w, s21);
                    s31 = TSimd.Fma(v3, w, s31);
                    w = TSimd.Load(q2 + j);
                    s02 = TSimd.Fma(v0, w, s02);
                    s12 = TSimd.Fma(v1, w, s12);
                    s22 = TSimd.Fma(v2, w, s22);
                    s32 = TSimd.Fma(v3, w, s32);
                    w = TSimd.Load(q3 + j);
                    s03 = TSimd.Fma(v0, w, s03);
                    s13 = TSimd.Fma(v1, w, s13);
                    s23 = TSimd.Fma(v2, w, s23);
                    s33 = TSimd.Fma(v3, w, s33);
                    i += pStep;
                    j += qStep;
                }
            }
            if (TSimd.Count == 16)
            {
                var all = Combine(
                    Quad(s00, s01, s02, s03), Quad(s10, s11, s12, s13), Quad(s20, s21, s22, s23), Quad(s30, s31, s32, s33));
                if (live == 4 && liveColumns == 4)
                {
                    AddRow(into + k, Vector512.GetLower(all).GetLower());
                    AddRow(into + intoStep + k, Vector512.GetLower(all).GetUpper());
                    AddRow(into + (2 * intoStep) + k, Vector512.GetUpper(all).GetLower());
                    AddRow(into + (3 * intoStep) + k, Vector512.GetUpper(all).GetUpper());
                    continue;
                }
                all.Store(sums);
            }
            else
            {
                sums[0] = TSimd.Sum(s00);
                sums[1] = TSimd.Sum(s01);
                sums[2] = TSimd.Sum(s02);
                sums[3] = TSimd.Sum(s03);
                sums[4] = TSimd.Sum(s10);
                sums[5] = TSimd.Sum(s11);
                sums[6] = TSimd.Sum(s12);
                sums[7] = TSimd.Sum(s13);
                sums[8] = TSimd.Sum(s20);
                sums[9] = TSimd.Sum(s21);
                sums[10] = TSimd.Sum(s22);
                sums[11] = TSimd.Sum(s23);
                sums[12] = TSimd.Sum(s30);
                sums[13] = TSimd.Sum(s31);
                sums[14] = TSimd.Sum(s32);
                sums[15] = TSimd.Sum(s33);
            }
            for (var r = 0; r < live; r++)
            {
                for (var c = 0; c < liveColumns; c++)
                {
                    into[((nint)r * intoStep) + k + c] += sums[(4 * r) + c];
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Strip2<TSimd, TVector>(
        float* p0, TokenMatrix p, int live, TokenMatrix q, int columns, int depth, int groups, nint groupStep, float* into, int intoStep)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        var p1 = p0 + (live > 1 ? (nint)p.RowStep * TSimd.Count : 0);
        var pStep = (nint)p.ColumnStep * TSimd.Count;
        var qStep = (nint)q.ColumnStep * TSimd.Count;
        var qRow = (nint)q.RowStep * TSimd.Count;
        var sums = stackalloc float[8];
        for (var k = 0; k < columns; k += 4)
        {
            var liveColumns = Math.Min(4, columns - k);
            var q0 = q.Origin + (k * qRow);
            var q1 = q0 + (liveColumns > 1 ? qRow : 0);
            var q2 = q1 + (liveColumns > 2 ? qRow : 0);
            var q3 = q2 + (liveColumns > 3 ? qRow : 0);
            TVector s00 = TSimd.Zero, s01 = TSimd.Zero, s02 = TSimd.Zero, s03 = TSimd.Zero;
            TVector s10 = TSimd.Zero, s11 = TSimd.Zero, s12 = TSimd.Zero, s13 = TSimd.Zero;
            for (var g = 0; g < groups; g++)
            {
                nint i = g * groupStep, j = i;
                for (var c = depth; c > 0; c--)
                {
                    TVector v0 = TSimd.Load(p0 + i), v1 = TSimd.Load(p1 + i);
                    var w = TSimd.Load(q0 + j);
                    s00 = TSimd.Fma(v0, w, s00);
                    s10 = TSimd.Fma(v1, w, s10);
                    w = TSimd.Load(q1 + j);
                    s01 = TSimd.Fma(v0, w, s01);
                    s11 = TSimd.Fma(v1, w, s11);
                    w = TSimd.Load(q2 + j);
                    s02 = TSimd.Fma(v0, w, s02);
                    s12 = TSimd.Fma(v1, w, s12);
                    w = TSimd.Load(q3 + j);
                    s03 = TSimd.Fma(v0, w, s03);
                    s13 = TSimd.Fma(v1, w, s13);
                    i += pStep;
                    j += qStep;
                }
            }
            sums[0] = TSimd.Sum(s00);
            sums[1] = TSimd.Sum(s01);
            sums[2] = TSimd.Sum(s02);
            sums[3] = TSimd.Sum(s03);
            sums[4] = TSimd.Sum(s10);
            sums[5] = TSimd.Sum(s11);
            sums[6] = TSimd.Sum(s12);
            sums[7] = TSimd.Sum(s13);
            for (var r = 0; r < live; r++)
            {
                for (var c = 0; c < liveColumns; c++)
                {
                    into[((nint)r * intoStep) + k + c] += sums[(4 * r) + c];
                }
            }
        }
    }

    /// <summary>Lane by 128-bit lane: the sums of a, b, c, d.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Quad<TVector>(TVector va, TVector vb, TVector vc, TVector vd)
        where TVector : unmanaged
    {
        Vector512<float> a = Unsafe.BitCast<TVector, Vector512<float>>(va), b = Unsafe.BitCast<TVector, Vector512<float>>(vb);
        Vector512<float> c = Unsafe.BitCast<TVector, Vector512<float>>(vc), d = Unsafe.BitCast<TVector, Vector512<float>>(vd);
        var ab = Avx512F.UnpackLow(a, b) + Avx512F.UnpackHigh(a, b);
        var cd = Avx512F.UnpackLow(c, d) + Avx512F.UnpackHigh(c, d);
        return Avx512F.Shuffle(ab, cd, 0b01_00_01_00) + Avx512F.Shuffle(ab, cd, 0b11_10_11_10);
    }

    /// <summary>One 128-bit lane for each argument: the sum of its four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Combine(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        var ab = Avx512F.Shuffle4x128(a, b, 0x44) + Avx512F.Shuffle4x128(a, b, 0xEE);
        var cd = Avx512F.Shuffle4x128(c, d, 0x44) + Avx512F.Shuffle4x128(c, d, 0xEE);
        return Avx512F.Shuffle4x128(ab, cd, 0x88) + Avx512F.Shuffle4x128(ab, cd, 0xDD);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow(float* to, Vector128<float> v) => (Vector128.Load(to) + v).Store(to);
}
