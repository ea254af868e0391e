using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// Conversions between float32 and the 16-bit types, bit for bit those of <see cref="BFloat16"/> and <see cref="Half"/>. Checkpoints go
/// through them once, so one width is enough: 256 bits, which .NET splits where the processor has less. Steps round to bfloat16 all the time: that has 512 bits too.
/// </summary>
internal static unsafe class Conversions
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void FromBFloat16(ushort* x, float* y, long n)
    {
        long i = 0;
        for (; i <= n - 16; i += 16)
        {
            (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.Load(x + i));
            (low << 16).AsSingle().Store(y + i);
            (high << 16).AsSingle().Store(y + i + 8);
        }

        for (; i < n; i++) { y[i] = (float)new BFloat16(x[i]); }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void ToBFloat16(float* x, ushort* y, long n, bool wide = true)
    {
        long i = 0;
        if (wide && Avx512F.IsSupported)
        {
            for (; i <= n - 16; i += 16)
            {
                Avx512F.ConvertToVector256UInt16(Rounded(Vector512.Load(x + i))).Store(y + i);
            }
        }

        for (; i <= n - 16; i += 16)
        {
            Vector256.Narrow(Rounded(Vector256.Load(x + i)), Rounded(Vector256.Load(x + i + 8))).Store(y + i);
        }

        for (; i < n; i++) { y[i] = ((BFloat16)x[i]).Bits; }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void FromFloat16(ushort* x, float* y, long n)
    {
        long i = 0;
        for (; i <= n - 16; i += 16)
        {
            (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.Load(x + i));
            Expanded(low).Store(y + i);
            Expanded(high).Store(y + i + 8);
        }

        for (; i < n; i++) { y[i] = (float)BitConverter.UInt16BitsToHalf(x[i]); }
    }

    internal static void ToFloat16(float* x, Half* y, long n)
    {
        for (long i = 0; i < n; i++) { y[i] = (Half)x[i]; }
    }

    /// <summary>The upper halves, rounded to nearest even; NaN keeps a bit that survives.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Rounded(Vector256<float> x)
    {
        Vector256<uint> bits = x.AsUInt32(), upper = bits >>> 16;
        Vector256<uint> rounded = (bits + Vector256.Create(0x7FFFu) + (upper & Vector256<uint>.One)) >>> 16;
        return Vector256.ConditionalSelect(Vector256.Equals(x, x).AsUInt32(), rounded, upper | Vector256.Create(0x40u));
    }

    /// <summary>As the other, sixteen at a time: half the instructions of a step that gradients and inputs of every narrow product take.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Rounded(Vector512<float> x)
    {
        Vector512<uint> bits = x.AsUInt32(), upper = bits >>> 16;
        Vector512<uint> rounded = (bits + Vector512.Create(0x7FFFu) + (upper & Vector512<uint>.One)) >>> 16;
        return Vector512.ConditionalSelect(Vector512.Equals(x, x).AsUInt32(), rounded, upper | Vector512.Create(0x40u));
    }

    /// <summary>
    /// The 10 fraction and 5 exponent bits moved to where float32 has them, then 2^112 for the difference of the biases: exact, denormals
    /// included. Infinity and NaN need the largest exponent set by hand.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Expanded(Vector256<uint> half)
    {
        Vector256<uint> magnitude = half & Vector256.Create(0x7FFFu);
        Vector256<float> scaled = (magnitude << 13).AsSingle() * Vector256.Create(5.192296858534828e33f);
        Vector256<uint> special = Vector256.GreaterThan(magnitude, Vector256.Create(0x7BFFu)) & Vector256.Create(0x7F800000u);
        return (scaled.AsUInt32() | special | ((half & Vector256.Create(0x8000u)) << 16)).AsSingle();
    }
}
