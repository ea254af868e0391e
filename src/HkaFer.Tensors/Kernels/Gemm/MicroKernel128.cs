using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace HkaFer.Tensors.Kernels;

/// <summary>Arm AdvSimd: 8 x 12, 24 accumulators of the 32 registers.</summary>
internal readonly unsafe struct MicroKernel128 : IMicroKernel
{
    public static int Rows => 8;

    public static int Columns => 12;

    public static int Depth => 256;

    public static void Multiply(int depth, float* a, float* b, nint bRow, float* tile, int rows, int columns) =>
        Multiply8x12(depth, a, b, bRow, tile);

    /// <summary>The tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply8x12(int depth, float* a, float* b, nint bRow, float* tile)
    {
        Vector128<float> c0x, c1x, c2x, c3x, c4x, c5x, c6x, c7x;
        Vector128<float> c0y, c1y, c2y, c3y, c4y, c5y, c6y, c7y;
        Vector128<float> c0z, c1z, c2z, c3z, c4z, c5z, c6z, c7z;
        c0x = c1x = c2x = c3x = c4x = c5x = c6x = c7x = Vector128<float>.Zero;
        c0y = c1y = c2y = c3y = c4y = c5y = c6y = c7y = Vector128<float>.Zero;
        c0z = c1z = c2z = c3z = c4z = c5z = c6z = c7z = Vector128<float>.Zero;
        for (; depth > 0; depth--)
        {
            var bx = Vector128.Load(b);
            var by = Vector128.Load(b + 4);
            var bz = Vector128.Load(b + 8);
            var s = Vector128.Create(a[0]);
            c0x = AdvSimd.FusedMultiplyAdd(c0x, s, bx);
            c0y = AdvSimd.FusedMultiplyAdd(c0y, s, by);
            c0z = AdvSimd.FusedMultiplyAdd(c0z, s, bz);
            s = Vector128.Create(a[1]);
            c1x = AdvSimd.FusedMultiplyAdd(c1x, s, bx);
            c1y = AdvSimd.FusedMultiplyAdd(c1y, s, by);
            c1z = AdvSimd.FusedMultiplyAdd(c1z, s, bz);
            s = Vector128.Create(a[2]);
            c2x = AdvSimd.FusedMultiplyAdd(c2x, s, bx);
            c2y = AdvSimd.FusedMultiplyAdd(c2y, s, by);
            c2z = AdvSimd.FusedMultiplyAdd(c2z, s, bz);
            s = Vector128.Create(a[3]);
            c3x = AdvSimd.FusedMultiplyAdd(c3x, s, bx);
            c3y = AdvSimd.FusedMultiplyAdd(c3y, s, by);
            c3z = AdvSimd.FusedMultiplyAdd(c3z, s, bz);
            s = Vector128.Create(a[4]);
            c4x = AdvSimd.FusedMultiplyAdd(c4x, s, bx);
            c4y = AdvSimd.FusedMultiplyAdd(c4y, s, by);
            c4z = AdvSimd.FusedMultiplyAdd(c4z, s, bz);
            s = Vector128.Create(a[5]);
            c5x = AdvSimd.FusedMultiplyAdd(c5x, s, bx);
            c5y = AdvSimd.FusedMultiplyAdd(c5y, s, by);
            c5z = AdvSimd.FusedMultiplyAdd(c5z, s, bz);
            s = Vector128.Create(a[6]);
            c6x = AdvSimd.FusedMultiplyAdd(c6x, s, bx);
            c6y = AdvSimd.FusedMultiplyAdd(c6y, s, by);
            c6z = AdvSimd.FusedMultiplyAdd(c6z, s, bz);
            s = Vector128.Create(a[7]);
            c7x = AdvSimd.FusedMultiplyAdd(c7x, s, bx);
            c7y = AdvSimd.FusedMultiplyAdd(c7y, s, by);
            c7z = AdvSimd.FusedMultiplyAdd(c7z, s, bz);
            a += 8;
            b += bRow;
        }
        c0x.Store(tile);
        c0y.Store(tile + 4);
        c0z.Store(tile + 8);
        c1x.Store(tile + 12);
        c1y.Store(tile + 16);
        c1z.Store(tile + 20);
        c2x.Store(tile + 24);
        c2y.Store(tile + 28);
        c2z.Store(tile + 32);
        c3x.Store(tile + 36);
        c3y.Store(tile + 40);
        c3z.Store(tile + 44);
        c4x.Store(tile + 48);
        c4y.Store(tile + 52);
        c4z.Store(tile + 56);
        c5x.Store(tile + 60);
        c5y.Store(tile + 64);
        c5z.Store(tile + 68);
        c6x.Store(tile + 72);
        c6y.Store(tile + 76);
        c6z.Store(tile + 80);
        c7x.Store(tile + 84);
        c7y.Store(tile + 88);
        c7z.Store(tile + 92);
    }
}
