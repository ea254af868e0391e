using System.Numerics;

namespace HkaFer.Data;

/// <summary>How much of each pixel a shape covers, 0 to 1, and the box outside which it is 0.</summary>
internal sealed class FaceMask(int width, int height)
{
    /// <summary>Lines sampled in each row of pixels; along a line coverage is exact.</summary>
    private const int Lines = 3;

    private readonly float[] _cover = new float[width * height];

    public int Left { get; private set; }

    public int Top { get; private set; }

    /// <summary>Exclusive.</summary>
    public int Right { get; private set; }

    /// <summary>Exclusive.</summary>
    public int Bottom { get; private set; }

    public ReadOnlySpan<float> Row(int y) => _cover.AsSpan(y * width, width);

    /// <summary>Replaces the mask by a filled polygon (non-zero rule, so loops of its outline leave no holes).</summary>
    public FaceMask Polygon(ReadOnlySpan<Vector2> points)
    {
        Clear();
        Vector2 low = points[0], high = points[0];
        foreach (var p in points) (low, high) = (Vector2.Min(low, p), Vector2.Max(high, p));
        Claim(low, high, 1);
        Span<float> at = stackalloc float[64];
        Span<int> turn = stackalloc int[64];
        for (int y = Top; y < Bottom; y++)
        {
            var row = _cover.AsSpan(y * width, width);
            for (int line = 0; line < Lines; line++)
            {
                int crossings = Cross(points, y + (line + 0.5f) / Lines, at, turn);
                int winding = 0;
                for (int i = 0; i + 1 < crossings; i++)
                {
                    winding += turn[i];
                    if (winding != 0) AddSpan(row, at[i], at[i + 1]);
                }
            }

            for (int x = Left; x < Right; x++) row[x] = Math.Min(1, row[x]);
        }

        return this;
    }

    /// <summary>
    /// Replaces the mask by a stroke along points whose half width runs from <paramref name="start"/> over <paramref name="middle"/> to
    /// <paramref name="end"/>, in pixels; <paramref name="soft"/> pixels fade at its edge.
    /// </summary>
    public FaceMask Stroke(ReadOnlySpan<Vector2> points, float start, float middle, float end, float soft)
    {
        Clear();
        Vector2 low = points[0], high = points[0];
        foreach (var p in points) (low, high) = (Vector2.Min(low, p), Vector2.Max(high, p));
        float reach = Math.Max(start, Math.Max(middle, end)) + soft;
        Claim(low, high, reach + 1);
        for (int i = 0; i + 1 < points.Length; i++)
        {
            float from = HalfWidth((float)i / (points.Length - 1)), to = HalfWidth((i + 1f) / (points.Length - 1));
            Segment(points[i], points[i + 1], from, to, soft);
        }

        return this;

        float HalfWidth(float t) => t < 0.5f ? FaceMath.Lerp(start, middle, 2 * t) : FaceMath.Lerp(middle, end, 2 * t - 1);
    }

    /// <summary>Keeps what also lies in another mask.</summary>
    public FaceMask Within(FaceMask other)
    {
        for (int y = Top; y < Bottom; y++)
        {
            var row = _cover.AsSpan(y * width, width);
            var clip = other.Row(y);
            for (int x = Left; x < Right; x++) row[x] *= clip[x];
        }

        return this;
    }

    /// <summary>Adds what another mask covers.</summary>
    public void Unite(FaceMask other)
    {
        // An empty mask has no box yet to grow from.
        bool empty = Right == Left || Bottom == Top;
        (Left, Top) = empty ? (other.Left, other.Top) : (Math.Min(Left, other.Left), Math.Min(Top, other.Top));
        (Right, Bottom) = empty ? (other.Right, other.Bottom) : (Math.Max(Right, other.Right), Math.Max(Bottom, other.Bottom));
        for (int y = other.Top; y < other.Bottom; y++)
        {
            var row = _cover.AsSpan(y * width, width);
            var more = other.Row(y);
            for (int x = other.Left; x < other.Right; x++) row[x] = Math.Max(row[x], more[x]);
        }
    }

    private void Segment(Vector2 a, Vector2 b, float from, float to, float soft)
    {
        float reach = Math.Max(from, to) + soft + 1;
        var along = b - a;
        float length2 = Math.Max(along.X * along.X + along.Y * along.Y, 1e-12f);
        int y0 = Math.Max(Top, (int)(Math.Min(a.Y, b.Y) - reach)), y1 = Math.Min(Bottom, (int)(Math.Max(a.Y, b.Y) + reach) + 1);
        int x0 = Math.Max(Left, (int)(Math.Min(a.X, b.X) - reach)), x1 = Math.Min(Right, (int)(Math.Max(a.X, b.X) + reach) + 1);
        for (int y = y0; y < y1; y++)
        {
            var row = _cover.AsSpan(y * width, width);
            for (int x = x0; x < x1; x++)
            {
                float dx = x + 0.5f - a.X, dy = y + 0.5f - a.Y;
                float t = Math.Clamp((dx * along.X + dy * along.Y) / length2, 0, 1);
                float ex = dx - along.X * t, ey = dy - along.Y * t;
                float half = FaceMath.Lerp(from, to, t);
                // Lines thinner than a pixel keep a pixel's width and lose strength instead, or they would break into dots.
                float weight = Math.Min(1, half * 2);
                float edge = Math.Max(half, 0.5f) + 0.5f * soft + 0.5f - MathF.Sqrt(ex * ex + ey * ey);
                float cover = weight * Math.Clamp(edge / (1 + soft), 0, 1);
                if (cover > row[x]) row[x] = cover;
            }
        }
    }

    private static int Cross(ReadOnlySpan<Vector2> points, float y, Span<float> at, Span<int> turn)
    {
        int count = 0;
        var from = points[^1];
        foreach (var to in points)
        {
            if (from.Y <= y != to.Y <= y && count < at.Length)
            {
                float x = from.X + (y - from.Y) / (to.Y - from.Y) * (to.X - from.X);
                int i = count++;
                for (; i > 0 && at[i - 1] > x; i--) (at[i], turn[i]) = (at[i - 1], turn[i - 1]);
                (at[i], turn[i]) = (x, from.Y < to.Y ? 1 : -1);
            }

            from = to;
        }

        return count;
    }

    private void AddSpan(Span<float> row, float from, float to)
    {
        from = Math.Max(from, Left);
        to = Math.Min(to, Right);
        if (to <= from) return;
        int first = (int)from, last = Math.Min((int)to, Right - 1);
        const float Share = 1f / Lines;
        if (first == last)
        {
            row[first] += (to - from) * Share;
            return;
        }

        row[first] += (first + 1 - from) * Share;
        for (int x = first + 1; x < last; x++) row[x] += Share;
        row[last] += (to - last) * Share;
    }

    private void Claim(Vector2 low, Vector2 high, float margin)
    {
        Left = Math.Clamp((int)(low.X - margin), 0, width);
        Top = Math.Clamp((int)(low.Y - margin), 0, height);
        Right = Math.Clamp((int)(high.X + margin) + 1, Left, width);
        Bottom = Math.Clamp((int)(high.Y + margin) + 1, Top, height);
    }

    private void Clear()
    {
        for (int y = Top; y < Bottom; y++) _cover.AsSpan(y * width + Left, Right - Left).Clear();
    }
}
