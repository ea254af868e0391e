namespace HkaFer.Cli;

/// <summary>Time as a line of progress shows it.</summary>
internal static class TimeLeft
{
    /// <summary><c>1:02:33</c>, <c>2:33</c>.</summary>
    public static string Text(TimeSpan time) =>
        time.TotalHours >= 1 ? $"{(int)time.TotalHours}:{time.Minutes:D2}:{time.Seconds:D2}" : $"{time.Minutes}:{time.Seconds:D2}";
}
