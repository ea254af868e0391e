using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// Carries a finished tile of sums to C: scale, accumulation and epilogue, written once for all instruction sets. The tile is in the first
/// cache when it comes here, which costs a percent of the product and keeps all this out of the micro-kernels.
/// </summary>
internal static unsafe class GemmTile
{
    private const int FloatsPerCacheLine = 16;

    /// <summary>Asks for the tile's part of C, without waiting for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(float* c, nint cRow, int rows, int columns)
    {
        if (Sse.IsSupported)
        {
            for (var i = 0; i < rows; i++, c += cRow)
            {
                for (var j = 0; j < columns; j += FloatsPerCacheLine)
                {
                    Sse.Prefetch0(c + j);
                }
            }
        }
    }

    /// <summary>Fetches bytes that are read soon into the second cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchSecond(void* from, int bytes)
    {
        if (Sse.IsSupported)
        {
            for (var at = 0; at < bytes; at += 64)
            {
                Sse.Prefetch1((byte*)from + at);
            }
        }
    }

    /// <summary>C = alpha * tile, + C if <paramref name="add"/>, + bias.</summary>
    /// <param name="tile">[rows, tileRow] sums.</param>
    /// <param name="tileRow">Floats per row of the tile.</param>
    /// <param name="c">Where the tile's first element goes.</param>
    /// <param name="cRow">Floats per row of C.</param>
    /// <param name="rows">Rows to write.</param>
    /// <param name="columns">Columns to write; nothing beyond is touched.</param>
    /// <param name="alpha">Factor of the sums.</param>
    /// <param name="add">Add to C instead of overwriting it.</param>
    /// <param name="bias">[columns], or null where none is due (yet).</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Write<TSimd, TVector>(
        float* tile, int tileRow, float* c, nint cRow, int rows, int columns, float alpha, bool add, float* bias)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        var scale = TSimd.Broadcast(alpha);
        var rest = columns % TSimd.Count;
        var whole = columns - rest;
        for (var i = 0; i < rows; i++, tile += tileRow, c += cRow)
        {
            for (var j = 0; j < whole; j += TSimd.Count)
            {
                var offset = bias is null ? TSimd.Zero : TSimd.Load(bias + j);
                if (add)
                {
                    offset = TSimd.Add(offset, TSimd.Load(c + j));
                }
                TSimd.Store(c + j, TSimd.Fma(scale, TSimd.Load(tile + j), offset));
            }
            if (rest > 0)
            {
                var offset = bias is null ? TSimd.Zero : TSimd.LoadPartial(bias + whole, rest);
                if (add)
                {
                    offset = TSimd.Add(offset, TSimd.LoadPartial(c + whole, rest));
                }
                TSimd.StorePartial(c + whole, TSimd.Fma(scale, TSimd.LoadPartial(tile + whole, rest), offset), rest);
            }
        }
    }
}
