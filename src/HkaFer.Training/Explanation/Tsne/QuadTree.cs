namespace HkaFer.Training;

/// <summary>
/// Points of the plane in squares that are quartered until each holds one point (or points that coincide), with the centre of mass of every square: Barnes
/// and Hut's way to the sum over all pairs in n log n. Built anew at each step, by one thread: it is a hundredth of the work.
/// </summary>
internal sealed class QuadTree
{
    private const int None = -1;

    /// <summary>Quarterings after which points count as one: by then they differ in the last bits.</summary>
    private const int Deepest = 48;

    // One entry a square; the four quarters of one follow each other.
    private double[] _x = [], _y = [], _centreX = [], _centreY = [], _half = [];
    private int[] _points = [], _quarters = [];
    private int _count;

    /// <summary>Puts points in.</summary>
    internal void Build(double[] x, double[] y)
    {
        Reserve(x.Length * 2);
        double left = x.Min(), right = x.Max(), low = y.Min(), high = y.Max();
        _count = 0;
        Add((left + right) / 2, (low + high) / 2, Math.Max(Math.Max(right - left, high - low) / 2, double.Epsilon));
        for (int i = 0; i < x.Length; i++)
        {
            Insert(x[i], y[i]);
        }

        for (int i = 0; i < _count; i++)
        {
            if (_points[i] > 0)
            {
                _x[i] /= _points[i];
                _y[i] /= _points[i];
            }
        }
    }

    /// <summary>Sum over all other points of q^2 (point - other) and of q, with q = 1 / (1 + distance^2).</summary>
    /// <param name="x">The point, which is in the tree.</param>
    /// <param name="y">The point.</param>
    /// <param name="theta">A square counts as one point where its width is less than theta times its distance.</param>
    /// <param name="stack">Of the calling thread.</param>
    internal (double X, double Y, double Q) Repulsion(double x, double y, double theta, Stack<int> stack)
    {
        double fx = 0, fy = 0, sum = 0, near = theta * theta / 4;
        stack.Push(0);
        while (stack.TryPop(out int square))
        {
            int points = _points[square];
            if (points == 0)
            {
                continue;
            }

            double dx = x - _x[square], dy = y - _y[square], distance = (dx * dx) + (dy * dy);
            bool leaf = _quarters[square] == None;
            if (leaf || _half[square] * _half[square] < near * distance)
            {
                double q = 1 / (1 + distance), all = points * q;
                sum += all;
                fx += all * q * dx;
                fy += all * q * dy;
                continue;
            }

            for (int quarter = 3; quarter >= 0; quarter--)
            {
                stack.Push(_quarters[square] + quarter);
            }
        }

        // The point met itself once, in its leaf, where its distance is zero: below a theta of the root of a half no square that holds it counts as one point.
        return (fx, fy, sum - 1);
    }

    private void Insert(double x, double y)
    {
        int square = 0;
        for (int depth = 0; ; depth++)
        {
            if (_quarters[square] == None)
            {
                int points = _points[square];
                bool same = points > 0 && _x[square] == x * points && _y[square] == y * points;
                if (points == 0 || same || depth == Deepest)
                {
                    Count(square, x, y);
                    return;
                }

                Quarter(square);
            }

            Count(square, x, y);
            square = QuarterOf(square, x, y);
        }
    }

    /// <summary>Divides a leaf; its points coincide and move into one of the quarters together.</summary>
    private void Quarter(int square)
    {
        double half = _half[square] / 2, x = _centreX[square], y = _centreY[square];
        int first = _count, points = _points[square];
        Add(x - half, y - half, half);
        Add(x + half, y - half, half);
        Add(x - half, y + half, half);
        Add(x + half, y + half, half);
        _quarters[square] = first;
        int moved = QuarterOf(square, _x[square] / points, _y[square] / points);
        (_x[moved], _y[moved], _points[moved]) = (_x[square], _y[square], points);
    }

    private int QuarterOf(int square, double x, double y) => _quarters[square] + (x > _centreX[square] ? 1 : 0) + (y > _centreY[square] ? 2 : 0);

    private void Count(int square, double x, double y)
    {
        _x[square] += x;
        _y[square] += y;
        _points[square]++;
    }

    private void Add(double centreX, double centreY, double half)
    {
        Reserve(_count + 1);
        (_centreX[_count], _centreY[_count], _half[_count]) = (centreX, centreY, half);
        (_x[_count], _y[_count], _points[_count], _quarters[_count]) = (0, 0, 0, None);
        _count++;
    }

    private void Reserve(int count)
    {
        if (count <= _points.Length)
        {
            return;
        }

        int size = Math.Max(count, _points.Length * 2);
        Array.Resize(ref _x, size);
        Array.Resize(ref _y, size);
        Array.Resize(ref _centreX, size);
        Array.Resize(ref _centreY, size);
        Array.Resize(ref _half, size);
        Array.Resize(ref _points, size);
        Array.Resize(ref _quarters, size);
    }
}
