using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>One float, for any processor: what every kernel falls back to.</summary>
internal readonly unsafe struct Simd1 : ISimd<float>
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1;
    }

    public static float Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 0f;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(float* from) => *from;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* to, float v) => *to = v;

    // No n lies between 0 and Count = 1, so no kernel gets here.
    public static float LoadPartial(float* from, int n) => throw new NotSupportedException("Simd1 has no partial vectors.");

    public static void StorePartial(float* to, float v, int n) => throw new NotSupportedException("Simd1 has no partial vectors.");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LoadEven(ushort* from) => BitConverter.UInt32BitsToSingle((uint)from[0] << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LoadOdd(ushort* from) => BitConverter.UInt32BitsToSingle((uint)from[1] << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Broadcast(float x) => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Add(float a, float b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sub(float a, float b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Mul(float a, float b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Div(float a, float b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Min(float a, float b) => a < b ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(float a, float b) => a > b ? a : b;

    // Not MathF.FusedMultiplyAdd: where the processor has none it is a library call of some fifty times the cost.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Fma(float a, float b, float c) => a * b + c;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float FmaNegated(float a, float b, float c) => c - a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sqrt(float v) => MathF.Sqrt(v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Abs(float v) => MathF.Abs(v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Round(float v) => MathF.Round(v);

    // The exponent field of a float holds n + 127.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exp2i(float n) => BitConverter.Int32BitsToSingle(((int)n + 127) << 23);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SelectLess(float a, float b, float whenTrue, float whenFalse) => a < b ? whenTrue : whenFalse;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(float v) => v;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float HorizontalMax(float v) => v;
}
