using System.Globalization;

namespace HkaFer.Training;

/// <summary>Numbers as people read them, their unit on the same line; a dash for what is not known.</summary>
internal static class Figures
{
    internal const string None = "–";

    internal static string Percent(double? share, int digits = 1) =>
        share is { } value ? (100 * value).ToString($"F{digits}", CultureInfo.InvariantCulture) + "\u00a0%" : None;

    internal static string Whole(double? number) => number is { } value ? value.ToString("N0", CultureInfo.InvariantCulture) : None;

    internal static string Plain(double? number, string format = "0.####") => number is { } value ? value.ToString(format, CultureInfo.InvariantCulture) : None;

    internal static string Bytes(double? bytes) => bytes switch
    {
        null => None,
        >= 1e9 => Plain(bytes / 1e9, "0.00") + "\u00a0GB",
        >= 1e6 => Plain(bytes / 1e6, "0.0") + "\u00a0MB",
        >= 1e3 => Plain(bytes / 1e3, "0") + "\u00a0kB",
        _ => Whole(bytes) + "\u00a0B",
    };

    internal static string Duration(double? seconds)
    {
        if (seconds is not { } value)
        {
            return None;
        }

        var time = TimeSpan.FromSeconds(Math.Min(value, 1e9));
        return value < 60 ? Plain(value, "0.0") + "\u00a0s"
            : value < 3600 ? string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}\u00a0min {time.Seconds:00}\u00a0s")
            : string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}\u00a0h {time.Minutes:00}\u00a0min");
    }
}
