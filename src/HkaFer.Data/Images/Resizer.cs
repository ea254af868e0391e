using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace HkaFer.Data;

/// <summary>
/// Resizes bytes as Pillow does, bit for bit: across, rounded to bytes, then down. Only the part of the new picture that is asked for
/// is computed, so a crop of a large resize costs no more than the crop.
/// </summary>
static class Resizer
{
    /// <summary>Most bytes between the passes: only absurdly long pictures need more, and several may be under way at once.</summary>
    const long MostBetween = 512L << 20;

    const int Half = 1 << (ResizeTaps.Precision - 1);

    /// <summary>The part <paramref name="window"/> of the picture resized to <paramref name="size"/>.</summary>
    /// <param name="pixels"><c>[height, width, channels]</c>.</param>
    /// <param name="old">The old size.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="size">The new size of the whole picture.</param>
    /// <param name="window">The part wanted, within <paramref name="size"/>.</param>
    /// <param name="filter">How.</param>
    /// <returns><c>[window.Height, window.Width, channels]</c>.</returns>
    public static byte[] Resize(
        byte[] pixels, (int Width, int Height) old, int channels, (int Width, int Height) size, Window window, Resampling filter)
    {
        long bytes = (long)window.Width * window.Height * channels;
        if (bytes > Array.MaxLength)
        {
            throw new HkaFerException($"resize: {window.Width} x {window.Height} pixels are {bytes:N0} bytes, more than one array holds; ask for less");
        }

        if (filter == Resampling.Nearest)
        {
            return Nearest(pixels, old, channels, size, window);
        }

        // An axis that keeps its length is not filtered at all.
        bool across = size.Width != old.Width, down = size.Height != old.Height;
        var rows = down ? ResizeTaps.Along(old.Height, size.Height, window.Top, window.Height, filter) : null;
        var (firstRow, endRow) = rows?.Reach ?? (window.Top, window.Top + window.Height);
        int stride = window.Width * channels;
        long between = (long)(endRow - firstRow) * stride;
        if (between > MostBetween)
        {
            throw new HkaFerException($"resize: {old.Width} x {old.Height} to {size.Width} x {size.Height} needs {between:N0} bytes between; ask for less");
        }

        var result = new byte[bytes];
        // Without a second pass the first one writes the result itself.
        byte[] middle = rows is null ? result : ArrayPool<byte>.Shared.Rent((int)between);
        try
        {
            if (across)
            {
                var columns = ResizeTaps.Along(old.Width, size.Width, window.Left, window.Width, filter);
                for (int y = firstRow; y < endRow; y++)
                {
                    Across(pixels.AsSpan(y * old.Width * channels, old.Width * channels), middle.AsSpan((y - firstRow) * stride, stride), columns, channels);
                }
            }
            else
            {
                for (int y = firstRow; y < endRow; y++)
                {
                    pixels.AsSpan((y * old.Width + window.Left) * channels, stride).CopyTo(middle.AsSpan((y - firstRow) * stride));
                }
            }

            if (rows is not null)
            {
                for (int y = 0; y < window.Height; y++)
                {
                    int first = (rows.First[y] - firstRow) * stride;
                    Down(middle.AsSpan(first), result.AsSpan(y * stride, stride), rows.Weights.AsSpan(y * rows.Stride, rows.Count[y]));
                }
            }

            return result;
        }
        finally
        {
            if (rows is not null)
            {
                ArrayPool<byte>.Shared.Return(middle);
            }
        }
    }

    static void Across(ReadOnlySpan<byte> from, Span<byte> to, ResizeTaps taps, int channels)
    {
        for (int x = 0; x < taps.First.Length; x++)
        {
            var weights = taps.Weights.AsSpan(x * taps.Stride, taps.Count[x]);
            var run = from.Slice(taps.First[x] * channels, weights.Length * channels);
            if (channels == 1)
            {
                int grey = Half;
                for (int k = 0; k < weights.Length; k++)
                {
                    grey += run[k] * weights[k];
                }

                to[x] = Clip(grey);
                continue;
            }

            int r = Half, g = Half, b = Half;
            for (int k = 0, i = 0; k < weights.Length; k++, i += 3)
            {
                int weight = weights[k];
                r += run[i] * weight;
                g += run[i + 1] * weight;
                b += run[i + 2] * weight;
            }

            to[3 * x] = Clip(r);
            to[3 * x + 1] = Clip(g);
            to[3 * x + 2] = Clip(b);
        }
    }

    // The rows lie beside each other in memory, so the channels do not matter here and eight bytes go at once.
    static void Down(ReadOnlySpan<byte> rows, Span<byte> to, ReadOnlySpan<int> weights)
    {
        int i = 0, stride = to.Length;
        for (; Vector256.IsHardwareAccelerated && i <= stride - 8; i += 8)
        {
            var sum = Vector256.Create(Half);
            for (int k = 0; k < weights.Length; k++)
            {
                // Loads exactly eight bytes: sixteen would reach past the last row.
                ulong eight = MemoryMarshal.Read<ulong>(rows.Slice(k * stride + i, 8));
                var wide = Vector128.WidenLower(Vector128.CreateScalar(eight).AsByte());
                sum += Vector256.Create(Vector128.WidenLower(wide), Vector128.WidenUpper(wide)).AsInt32() * weights[k];
            }

            var clipped = Vector256.Clamp(sum >> ResizeTaps.Precision, Vector256<int>.Zero, Vector256.Create(255));
            var narrow = Vector128.Narrow(clipped.GetLower().AsUInt32(), clipped.GetUpper().AsUInt32());
            MemoryMarshal.Write(to.Slice(i, 8), Vector128.Narrow(narrow, narrow).AsUInt64().ToScalar());
        }

        for (; i < stride; i++)
        {
            int sum = Half;
            for (int k = 0; k < weights.Length; k++)
            {
                sum += rows[k * stride + i] * weights[k];
            }

            to[i] = Clip(sum);
        }
    }

    static byte[] Nearest(byte[] pixels, (int Width, int Height) old, int channels, (int Width, int Height) size, Window window)
    {
        int[] columns = NearestAlong(old.Width, size.Width, window.Left, window.Width);
        int[] rows = NearestAlong(old.Height, size.Height, window.Top, window.Height);
        var result = new byte[window.Width * window.Height * channels];
        int o = 0;
        foreach (int y in rows)
        {
            foreach (int x in columns)
            {
                int i = (y * old.Width + x) * channels;
                for (int c = 0; c < channels; c++)
                {
                    result[o++] = pixels[i + c];
                }
            }
        }

        return result;
    }

    static int[] NearestAlong(int oldLength, int newLength, int from, int count)
    {
        var indices = new int[count];
        double step = (double)oldLength / newLength, at = step * 0.5;
        for (int i = 0; i < from + count; i++)
        {
            if (i >= from)
            {
                indices[i - from] = Math.Min((int)at, oldLength - 1);
            }

            // Added up and not multiplied: the rounding errors of the sum decide ties, and are Pillow's.
            at += step;
        }

        return indices;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static byte Clip(int sum) => (byte)Math.Clamp(sum >> ResizeTaps.Precision, 0, 255);
}
