using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// Moves images to patches or back, one line of a patch at a time. An item is one row of patches of one image, which touches memory that no
/// other item touches on either side.
/// </summary>
internal unsafe struct PatchRows : IRangeKernel
{
    /// <summary>[batch, channels, height, width] and [batch, patches, channels * patch * patch].</summary>
    public float* Image, Patches;
    public int Channels, Height, Width, Patch;

    /// <summary>Patches to image instead of image to patches, and then perhaps added.</summary>
    public bool Fold, Accumulate;

    internal readonly int Down => Height / Patch;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run<TSimd, TVector>(long start, long end)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        int across = Width / Patch, length = Channels * Patch * Patch;
        for (long item = start; item < end; item++)
        {
            (long batch, long row) = Math.DivRem(item, Down);
            float* patches = Patches + (item * across * length);
            for (int c = 0; c < Channels; c++)
            {
                for (int y = 0; y < Patch; y++)
                {
                    float* line = Image + ((((batch * Channels) + c) * Height) + (row * Patch) + y) * Width;
                    float* within = patches + (((c * Patch) + y) * Patch);
                    for (int column = 0; column < across; column++)
                    {
                        Line<TSimd, TVector>(line + (column * Patch), within + ((long)column * length));
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Line<TSimd, TVector>(float* image, float* patch)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        float* from = Fold ? patch : image, to = Fold ? image : patch;
        for (int i = 0; i < Patch; i += TSimd.Count)
        {
            int n = Patch - i;
            TVector v = Lanes.Load<TSimd, TVector>(from + i, n);
            Lanes.Store<TSimd, TVector>(to + i, v, n, Accumulate);
        }
    }
}
