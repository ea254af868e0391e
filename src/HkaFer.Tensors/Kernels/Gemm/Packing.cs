using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// Copies operands of <see cref="Gemm"/> into panels: [panel][k][lane], a lane being a row of A or a column of B. A tile then reads both
/// operands from front to back, whatever their strides.
/// </summary>
internal static unsafe class Packing
{
    /// <summary>k handled together when lanes are strided: long enough for the processor to see each lane as a stream and fetch ahead,
    /// short enough that the part of a panel under way (16 KiB) stays in the first cache.</summary>
    private const int Strip = 128;

    /// <summary>Packs one panel; lanes from <paramref name="lanes"/> to <paramref name="width"/> become 0.</summary>
    /// <param name="from">Lane 0 at k = 0.</param>
    /// <param name="laneStride">Floats from lane to lane.</param>
    /// <param name="kStride">Floats from k to k.</param>
    /// <param name="lanes">Lanes that exist, 1 .. width.</param>
    /// <param name="depth">Number of k.</param>
    /// <param name="to">width * depth floats.</param>
    /// <param name="width">Lanes of a panel.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Panel<TSimd, TVector>(float* from, nint laneStride, nint kStride, int lanes, int depth, float* to, int width)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        if (lanes < width)
        {
            new Span<float>(to, checked(depth * width)).Clear();
        }
        if (laneStride == 1)
        {
            CopyLanes<TSimd, TVector>(from, kStride, lanes, depth, to, width);
        }
        else if (kStride == 1)
        {
            TransposeLanes(from, laneStride, lanes, depth, to, width);
        }
        else
        {
            Gather(from, laneStride, kStride, lanes, depth, to, width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyLanes<TSimd, TVector>(float* from, nint kStride, int lanes, int depth, float* to, int width)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        var whole = lanes - lanes % TSimd.Count;
        var rest = lanes - whole;
        for (var k = 0; k < depth; k++, from += kStride, to += width)
        {
            for (var i = 0; i < whole; i += TSimd.Count)
            {
                TSimd.Store(to + i, TSimd.Load(from + i));
            }
            if (rest > 0)
            {
                TSimd.StorePartial(to + whole, TSimd.LoadPartial(from + whole, rest), rest);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeLanes(float* from, nint laneStride, int lanes, int depth, float* to, int width)
    {
        for (var k0 = 0; k0 < depth; k0 += Strip)
        {
            var strip = Math.Min(Strip, depth - k0);
            var wholeK = Sse.IsSupported || AdvSimd.Arm64.IsSupported ? strip & ~3 : 0;
            var lane = 0;
            for (; lane + 4 <= lanes && wholeK > 0; lane += 4)
            {
                var source = from + lane * laneStride + k0;
                var target = to + (nint)k0 * width + lane;
                for (var k = 0; k < wholeK; k += 4, source += 4, target += 4 * width)
                {
                    Transpose4x4(source, laneStride, target, width);
                }
            }
            Gather(from + lane * laneStride + k0, laneStride, 1, lanes - lane, strip, to + (nint)k0 * width + lane, width);
            Gather(from + k0 + wholeK, laneStride, 1, lane, strip - wholeK, to + (nint)(k0 + wholeK) * width, width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4x4(float* from, nint laneStride, float* to, nint width)
    {
        var r0 = Vector128.Load(from);
        var r1 = Vector128.Load(from + laneStride);
        var r2 = Vector128.Load(from + 2 * laneStride);
        var r3 = Vector128.Load(from + 3 * laneStride);
        Vector128<float> low01, high01, low23, high23;
        if (Sse.IsSupported)
        {
            (low01, high01) = (Sse.UnpackLow(r0, r1), Sse.UnpackHigh(r0, r1));
            (low23, high23) = (Sse.UnpackLow(r2, r3), Sse.UnpackHigh(r2, r3));
            Sse.MoveLowToHigh(low01, low23).Store(to);
            Sse.MoveHighToLow(low23, low01).Store(to + width);
            Sse.MoveLowToHigh(high01, high23).Store(to + 2 * width);
            Sse.MoveHighToLow(high23, high01).Store(to + 3 * width);
        }
        else
        {
            (low01, high01) = (AdvSimd.Arm64.ZipLow(r0, r1), AdvSimd.Arm64.ZipHigh(r0, r1));
            (low23, high23) = (AdvSimd.Arm64.ZipLow(r2, r3), AdvSimd.Arm64.ZipHigh(r2, r3));
            Vector128.Create(low01.GetLower(), low23.GetLower()).Store(to);
            Vector128.Create(low01.GetUpper(), low23.GetUpper()).Store(to + width);
            Vector128.Create(high01.GetLower(), high23.GetLower()).Store(to + 2 * width);
            Vector128.Create(high01.GetUpper(), high23.GetUpper()).Store(to + 3 * width);
        }
    }

    private static void Gather(float* from, nint laneStride, nint kStride, int lanes, int depth, float* to, int width)
    {
        for (var k = 0; k < depth; k++)
        {
            for (var lane = 0; lane < lanes; lane++)
            {
                to[(nint)k * width + lane] = from[lane * laneStride + k * kStride];
            }
        }
    }
}
