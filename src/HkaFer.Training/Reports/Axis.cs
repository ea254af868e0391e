using System.Globalization;

namespace HkaFer.Training;

/// <summary>A scale whose ticks are 1, 2 or 5 times a power of ten apart.</summary>
internal sealed class Axis
{
    private readonly double _step;
    private readonly bool _percent;

    private Axis(double low, double high, double step, bool percent) => (Low, High, _step, _percent) = (low, high, step, percent);

    internal double Low { get; }

    internal double High { get; }

    internal IEnumerable<double> Ticks => Enumerable.Range(0, (int)Math.Round((High - Low) / _step) + 1).Select(i => Low + (i * _step));

    /// <summary>A scale that holds all values and ends on ticks.</summary>
    /// <param name="values">Finite.</param>
    /// <param name="percent">Whether ticks read as percents.</param>
    /// <param name="ticks">About how many.</param>
    internal static Axis Over(IEnumerable<double> values, bool percent = false, int ticks = 5)
    {
        double[] all = [.. values];
        double low = all.Length == 0 ? 0 : all.Min(), high = all.Length == 0 ? 1 : all.Max();
        if (high - low < 1e-12)
        {
            // One value: a scale around it.
            double room = low == 0 ? 1 : Math.Abs(low) * 0.1;
            (low, high) = (low - room, high + room);
        }

        double raw = (high - low) / ticks, power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        double step = power * ((raw / power) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 });

        // A hair's tolerance, so that 0.3 does not ask for a tick beyond 0.30000000000000004.
        return new Axis(Math.Floor((low / step) + 1e-9) * step, Math.Ceiling((high / step) - 1e-9) * step, step, percent);
    }

    /// <summary>Whole numbers from <paramref name="first"/> to <paramref name="last"/>, which their texts leave room for; the ticks need not end on the last.</summary>
    internal static IEnumerable<int> Whole(int first, int last)
    {
        int ticks = last < 1000 ? 8 : 5;
        int step = Enumerable.Range(0, 9).SelectMany(e => new[] { 1, 2, 5 }.Select(m => m * (int)Math.Pow(10, e)))
            .First(s => (last - first) / s < ticks);
        return Enumerable.Range(first, last - first + 1).Where(x => x == first || x % step == 0).Where(x => x == first || x - first >= 0.7 * step);
    }

    /// <summary>Where a value lies, from 0 to 1.</summary>
    internal double Share(double value) => (value - Low) / (High - Low);

    internal string Text(double tick)
    {
        double scale = _percent ? 100 : 1;
        int digits = Math.Clamp((int)-Math.Floor(Math.Log10(_step * scale) + 1e-9), 0, 12);
        double shown = Math.Round(tick * scale, digits);
        string text = Math.Abs(shown) is >= 1e5 or (> 0 and < 1e-4)
            ? shown.ToString("0.#e0", CultureInfo.InvariantCulture)
            : shown.ToString("F" + digits, CultureInfo.InvariantCulture);
        return _percent ? text + " %" : text;
    }
}
