using System.Globalization;

namespace HkaFer.Testing;

/// <summary>How long a thread has had the processor, told from any thread: unlike the time that passes, it does not depend on what else the machine does.</summary>
public sealed class ThreadTime
{
    private readonly string _file;

    private ThreadTime(string file) => _file = file;

    /// <summary>The calling thread's; null on a system that does not tell it (Linux does).</summary>
    public static ThreadTime? OfCaller()
    {
        // It leads to the thread's number, which .NET does not tell.
        const string self = "/proc/thread-self";
        if (!OperatingSystem.IsLinux() || new FileInfo(self).LinkTarget is not { } place)
        {
            return null;
        }

        var time = new ThreadTime($"/proc/{place}/schedstat");
        return time.Read() is null ? null : time;
    }

    /// <summary>The time so far; null once the thread has ended.</summary>
    public TimeSpan? Read()
    {
        try
        {
            string nanoseconds = File.ReadAllText(_file).Split(' ')[0];
            return TimeSpan.FromMicroseconds(long.Parse(nanoseconds, CultureInfo.InvariantCulture) / 1000.0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }
}
