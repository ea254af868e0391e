using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace HkaFer.Tensors.Kernels;

/// <summary>Between rows of tokens in memory and vectors with one token a lane.</summary>
internal static unsafe class TokenTranspose
{
    /// <summary>to[e][t] = rows[t][e]; lanes without a token are zero.</summary>
    /// <param name="rows">The first token's first entry; token rows follow without gaps.</param>
    /// <param name="tokens">1 .. lanes.</param>
    /// <param name="entries">Entries a token.</param>
    /// <param name="to">Vectors, one an entry.</param>
    internal static void Gather<TSimd, TVector>(float* rows, int tokens, int entries, float* to)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        var done = 0;
        if (tokens == TSimd.Count && TSimd.Count is 16 or 8)
        {
            for (; done + TSimd.Count <= entries; done += TSimd.Count)
            {
                Block<TSimd, TVector>(rows + done, entries, to + ((nint)done * TSimd.Count), TSimd.Count, add: false);
            }
        }
        for (var e = done; e < entries; e++)
        {
            var vector = to + ((nint)e * TSimd.Count);
            for (var t = 0; t < TSimd.Count; t++)
            {
                vector[t] = t < tokens ? rows[((nint)t * entries) + e] : 0;
            }
        }
    }

    /// <summary>rows[t][e] = from[e][t], or += it; lanes without a token are left out.</summary>
    internal static void Scatter<TSimd, TVector>(float* from, int tokens, int entries, float* rows, bool add)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        var done = 0;
        if (tokens == TSimd.Count && TSimd.Count is 16 or 8)
        {
            for (; done + TSimd.Count <= entries; done += TSimd.Count)
            {
                Block<TSimd, TVector>(from + ((nint)done * TSimd.Count), TSimd.Count, rows + done, entries, add);
            }
        }
        for (var t = 0; t < tokens; t++)
        {
            var row = rows + ((nint)t * entries);
            for (var e = done; e < entries; e++)
            {
                var v = from[((nint)e * TSimd.Count) + t];
                row[e] = add ? row[e] + v : v;
            }
        }
    }

    /// <summary>
    /// Asks for the rows of tokens that are wanted later: sixteen rows side by side are more streams than the processor foresees by itself.
    /// </summary>
    internal static void Prefetch(float* rows, long floats)
    {
        if (Sse.IsSupported)
        {
            for (long at = 0; at < floats; at += 16)
            {
                Sse.Prefetch1(rows + at);
            }
        }
    }

    /// <summary>A square block of as many rows as lanes, transposed in registers: a tenth of the time of element by element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Block<TSimd, TVector>(float* from, nint fromStep, float* to, nint toStep, bool add)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        if (TSimd.Count == 16)
        {
            Block16(from, fromStep, to, toStep, add);
        }
        else
        {
            Block8(from, fromStep, to, toStep, add);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block16(float* from, nint fromStep, float* to, nint toStep, bool add)
    {
        // Four rows at a time within 128-bit lanes, then the lanes among each other.
        Quad16(from, fromStep, out var a0, out var a1, out var a2, out var a3);
        Quad16(from + (4 * fromStep), fromStep, out var b0, out var b1, out var b2, out var b3);
        Quad16(from + (8 * fromStep), fromStep, out var c0, out var c1, out var c2, out var c3);
        Quad16(from + (12 * fromStep), fromStep, out var d0, out var d1, out var d2, out var d3);
        Lanes(a0, b0, c0, d0, to, toStep, add);
        Lanes(a1, b1, c1, d1, to + toStep, toStep, add);
        Lanes(a2, b2, c2, d2, to + (2 * toStep), toStep, add);
        Lanes(a3, b3, c3, d3, to + (3 * toStep), toStep, add);
    }

    /// <summary>Lane i of output c holds column 4 i + c of four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quad16(
        float* from, nint step, out Vector512<float> c0, out Vector512<float> c1, out Vector512<float> c2, out Vector512<float> c3)
    {
        Vector512<float> r0 = Vector512.Load(from), r1 = Vector512.Load(from + step);
        Vector512<float> r2 = Vector512.Load(from + (2 * step)), r3 = Vector512.Load(from + (3 * step));
        Vector512<float> low01 = Avx512F.UnpackLow(r0, r1), low23 = Avx512F.UnpackLow(r2, r3);
        Vector512<float> high01 = Avx512F.UnpackHigh(r0, r1), high23 = Avx512F.UnpackHigh(r2, r3);
        c0 = Avx512F.Shuffle(low01, low23, 0b01_00_01_00);
        c1 = Avx512F.Shuffle(low01, low23, 0b11_10_11_10);
        c2 = Avx512F.Shuffle(high01, high23, 0b01_00_01_00);
        c3 = Avx512F.Shuffle(high01, high23, 0b11_10_11_10);
    }

    /// <summary>Writes output rows 0, 4, 8, 12 from where <paramref name="to"/> points.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Lanes(
        Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, float* to, nint step, bool add)
    {
        Vector512<float> ab01 = Avx512F.Shuffle4x128(a, b, 0x44), ab23 = Avx512F.Shuffle4x128(a, b, 0xEE);
        Vector512<float> cd01 = Avx512F.Shuffle4x128(c, d, 0x44), cd23 = Avx512F.Shuffle4x128(c, d, 0xEE);
        Put(to, Avx512F.Shuffle4x128(ab01, cd01, 0x88), add);
        Put(to + (4 * step), Avx512F.Shuffle4x128(ab01, cd01, 0xDD), add);
        Put(to + (8 * step), Avx512F.Shuffle4x128(ab23, cd23, 0x88), add);
        Put(to + (12 * step), Avx512F.Shuffle4x128(ab23, cd23, 0xDD), add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* to, Vector512<float> v, bool add) => (add ? v + Vector512.Load(to) : v).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block8(float* from, nint fromStep, float* to, nint toStep, bool add)
    {
        Quad8(from, fromStep, out var a0, out var a1, out var a2, out var a3);
        Quad8(from + (4 * fromStep), fromStep, out var b0, out var b1, out var b2, out var b3);
        Put(to, Avx.Permute2x128(a0, b0, 0x20), add);
        Put(to + toStep, Avx.Permute2x128(a1, b1, 0x20), add);
        Put(to + (2 * toStep), Avx.Permute2x128(a2, b2, 0x20), add);
        Put(to + (3 * toStep), Avx.Permute2x128(a3, b3, 0x20), add);
        Put(to + (4 * toStep), Avx.Permute2x128(a0, b0, 0x31), add);
        Put(to + (5 * toStep), Avx.Permute2x128(a1, b1, 0x31), add);
        Put(to + (6 * toStep), Avx.Permute2x128(a2, b2, 0x31), add);
        Put(to + (7 * toStep), Avx.Permute2x128(a3, b3, 0x31), add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quad8(
        float* from, nint step, out Vector256<float> c0, out Vector256<float> c1, out Vector256<float> c2, out Vector256<float> c3)
    {
        Vector256<float> r0 = Vector256.Load(from), r1 = Vector256.Load(from + step);
        Vector256<float> r2 = Vector256.Load(from + (2 * step)), r3 = Vector256.Load(from + (3 * step));
        Vector256<float> low01 = Avx.UnpackLow(r0, r1), low23 = Avx.UnpackLow(r2, r3);
        Vector256<float> high01 = Avx.UnpackHigh(r0, r1), high23 = Avx.UnpackHigh(r2, r3);
        c0 = Avx.Shuffle(low01, low23, 0b01_00_01_00);
        c1 = Avx.Shuffle(low01, low23, 0b11_10_11_10);
        c2 = Avx.Shuffle(high01, high23, 0b01_00_01_00);
        c3 = Avx.Shuffle(high01, high23, 0b11_10_11_10);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* to, Vector256<float> v, bool add) => (add ? v + Vector256.Load(to) : v).Store(to);
}
