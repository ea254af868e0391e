using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Which patches of each picture of a batch an encoder sees; of every picture as many.</summary>
public sealed class PatchMask
{
    private readonly int _patches;

    private PatchMask(int patches, int visible, int[] visibleRows, int[] maskedRows) =>
        (_patches, VisibleEach, VisibleRows, MaskedRows) = (patches, visible, visibleRows, maskedRows);

    /// <summary>Patches of a picture that are seen.</summary>
    public int VisibleEach { get; }

    /// <summary>Patches of a picture that are hidden.</summary>
    public int MaskedEach => _patches - VisibleEach;

    /// <summary>Pictures.</summary>
    public int Count => VisibleRows.Length / VisibleEach;

    /// <summary>The seen patches of all pictures: picture * patches + patch, ascending.</summary>
    internal int[] VisibleRows { get; }

    /// <summary>The hidden ones, likewise.</summary>
    internal int[] MaskedRows { get; }

    /// <summary>Draws which patches are seen, all choices equally likely.</summary>
    /// <param name="patches">Patches of a picture.</param>
    /// <param name="ratio">Share that is hidden, above 0 and below 1; the number that is seen is rounded down, as the published code does.</param>
    /// <param name="seeds">One a picture: the same seed hides the same patches.</param>
    /// <exception cref="HkaFerException">Nothing would be seen, or nothing hidden.</exception>
    public static PatchMask Draw(int patches, double ratio, params ReadOnlySpan<ulong> seeds)
    {
        int visible = VisibleOf(patches, ratio);
        int[] seen = new int[seeds.Length * visible], order = new int[patches];
        for (int i = 0; i < seeds.Length; i++)
        {
            for (int p = 0; p < patches; p++)
            {
                order[p] = p;
            }

            new Rng(seeds[i]).Shuffle<int>(order);
            order.AsSpan(0, visible).CopyTo(seen.AsSpan(i * visible));
        }

        return Of(patches, visible, seen);
    }

    /// <summary>A mask that shows given patches.</summary>
    /// <param name="patches">Patches of a picture.</param>
    /// <param name="visible">How many of each picture are seen.</param>
    /// <param name="seen">Their numbers, from the upper left row by row, picture by picture.</param>
    internal static PatchMask Of(int patches, int visible, ReadOnlySpan<int> seen)
    {
        int pictures = seen.Length / visible, masked = patches - visible;
        int[] visibleRows = new int[seen.Length], maskedRows = new int[pictures * masked];
        for (int i = 0; i < pictures; i++)
        {
            ReadOnlySpan<int> own = seen.Slice(i * visible, visible);
            int atVisible = i * visible, atMasked = i * masked;
            for (int p = 0; p < patches; p++)
            {
                // In the order of the picture: which were drawn first means nothing, and neighbours are copied together.
                (own.Contains(p) ? ref visibleRows[atVisible++] : ref maskedRows[atMasked++]) = (i * patches) + p;
            }
        }

        return new PatchMask(patches, visible, visibleRows, maskedRows);
    }

    /// <summary>How many patches of a picture are seen.</summary>
    /// <exception cref="HkaFerException">None would be, or all.</exception>
    public static int VisibleOf(int patches, double ratio)
    {
        int visible = (int)(patches * (1 - ratio));
        return visible >= 1 && visible < patches ? visible : throw new HkaFerException(
            $"mask: a ratio of {ratio} leaves {visible} of {patches} patches to see; expected at least one to see and one to hide: choose another ratio, or smaller patches");
    }

    /// <summary>Whether a patch of a picture is seen.</summary>
    /// <param name="picture">Which of the batch.</param>
    /// <param name="patch">From the upper left, row by row.</param>
    public bool IsVisible(int picture, int patch) => Array.BinarySearch(VisibleRows, (picture * _patches) + patch) >= 0;

    internal void CheckFits(int pictures, int patches)
    {
        if (pictures != Count || patches != _patches)
        {
            throw new HkaFerException($"mask: is of {Count} pictures of {_patches} patches, got {pictures} of {patches}; draw one for this batch");
        }
    }
}
