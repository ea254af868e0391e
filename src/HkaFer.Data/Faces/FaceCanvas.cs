using System.Numerics;

namespace HkaFer.Data;

/// <summary>Colours in the making, each channel 0 to 1, and the ways to lay paint on them.</summary>
internal sealed class FaceCanvas(int width, int height)
{
    private readonly Vector3[] _pixels = new Vector3[width * height];

    public int Width => width;

    public int Height => height;

    public Span<Vector3> Row(int y) => _pixels.AsSpan(y * width, width);

    /// <summary>Lays a colour over what a mask covers.</summary>
    public void Fill(FaceMask mask, Vector3 colour, float alpha = 1)
    {
        for (int y = mask.Top; y < mask.Bottom; y++)
        {
            var row = Row(y);
            var cover = mask.Row(y);
            for (int x = mask.Left; x < mask.Right; x++)
            {
                float a = cover[x] * alpha;
                if (a > 0) row[x] += (colour - row[x]) * a;
            }
        }
    }

    /// <summary>Lays a colour over a soft ellipse, strongest in its middle, optionally only where a mask covers.</summary>
    /// <param name="centre">Middle in pixels.</param>
    /// <param name="u">One half axis in pixels.</param>
    /// <param name="v">The other one.</param>
    /// <param name="colour">The paint.</param>
    /// <param name="alpha">Its strength in the middle.</param>
    /// <param name="clip">Where it may go; everywhere if none.</param>
    public void Blob(Vector2 centre, Vector2 u, Vector2 v, Vector3 colour, float alpha, FaceMask? clip = null)
    {
        float det = u.X * v.Y - u.Y * v.X;
        // Seen edge-on, it has no area.
        if (Math.Abs(det) < 1e-4f || alpha <= 0) return;
        float reachX = Math.Abs(u.X) + Math.Abs(v.X), reachY = Math.Abs(u.Y) + Math.Abs(v.Y);
        int y0 = Math.Clamp((int)(centre.Y - reachY), 0, height), y1 = Math.Clamp((int)(centre.Y + reachY) + 1, 0, height);
        int x0 = Math.Clamp((int)(centre.X - reachX), 0, width), x1 = Math.Clamp((int)(centre.X + reachX) + 1, 0, width);
        if (clip is not null)
        {
            (x0, x1) = (Math.Max(x0, clip.Left), Math.Min(x1, clip.Right));
            (y0, y1) = (Math.Max(y0, clip.Top), Math.Min(y1, clip.Bottom));
        }

        float ax = v.Y / det, ay = -v.X / det, bx = -u.Y / det, by = u.X / det;
        for (int y = y0; y < y1; y++)
        {
            var row = Row(y);
            var cover = clip is null ? default : clip.Row(y);
            for (int x = x0; x < x1; x++)
            {
                float dx = x + 0.5f - centre.X, dy = y + 0.5f - centre.Y;
                float p = dx * ax + dy * ay, q = dx * bx + dy * by;
                float a = FaceMath.Bump(p * p + q * q) * alpha;
                if (clip is not null) a *= cover[x];
                if (a > 0) row[x] += (colour - row[x]) * a;
            }
        }
    }

    /// <summary>The mean of each block of <paramref name="factor"/> by <paramref name="factor"/> pixels.</summary>
    public FaceCanvas Shrink(int factor)
    {
        var small = new FaceCanvas(width / factor, height / factor);
        float share = 1f / (factor * factor);
        for (int y = 0; y < small.Height; y++)
        {
            var to = small.Row(y);
            for (int dy = 0; dy < factor; dy++)
            {
                var from = Row(y * factor + dy);
                for (int x = 0; x < from.Length; x++) to[x / factor] += from[x] * share;
            }
        }

        return small;
    }

    /// <summary>Blurs with a tent of the given radius in pixels, first along rows, then along columns.</summary>
    public void Blur(float radius)
    {
        if (radius <= 0) return;
        int reach = (int)radius + 1;
        var weights = new float[reach + 1];
        float sum = 0;
        for (int i = 0; i <= reach; i++)
        {
            weights[i] = Math.Max(0, 1 - i / (radius + 1));
            sum += i == 0 ? weights[i] : 2 * weights[i];
        }

        for (int i = 0; i <= reach; i++) weights[i] /= sum;
        var line = new Vector3[Math.Max(width, height)];
        for (int y = 0; y < height; y++) Pass(y * width, 1, width);
        for (int x = 0; x < width; x++) Pass(x, width, height);

        void Pass(int start, int step, int count)
        {
            for (int i = 0; i < count; i++) line[i] = _pixels[start + i * step];
            for (int i = 0; i < count; i++)
            {
                var mean = line[i] * weights[0];
                for (int k = 1; k <= reach; k++) mean += (line[Math.Max(i - k, 0)] + line[Math.Min(i + k, count - 1)]) * weights[k];
                _pixels[start + i * step] = mean;
            }
        }
    }
}
