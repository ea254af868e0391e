using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>Whole or partial vectors by a count that is known only at run time.</summary>
internal static unsafe class Lanes
{
    /// <summary>The first <paramref name="n"/> floats, 0 &lt; n &lt;= Count; the other lanes are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static TVector Load<TSimd, TVector>(float* from, int n)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
        => n >= TSimd.Count ? TSimd.Load(from) : TSimd.LoadPartial(from, n);

    /// <summary>Writes the first <paramref name="n"/> lanes, 0 &lt; n &lt;= Count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Store<TSimd, TVector>(float* to, TVector v, int n)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        if (n >= TSimd.Count)
        {
            TSimd.Store(to, v);
        }
        else
        {
            TSimd.StorePartial(to, v, n);
        }
    }

    /// <summary>Writes the first <paramref name="n"/> lanes, or adds them to what is there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Store<TSimd, TVector>(float* to, TVector v, int n, bool add)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
        => Store<TSimd, TVector>(to, add ? TSimd.Add(Load<TSimd, TVector>(to, n), v) : v, n);
}
