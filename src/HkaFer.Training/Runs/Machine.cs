using System.Diagnostics;
using System.Globalization;

namespace HkaFer.Training;

/// <summary>What a run notes of the process that it ran in.</summary>
public static class Machine
{
    /// <summary>The most memory that the process has held so far, mapped pages included: the high-water mark of its resident set.</summary>
    public static long PeakMemoryBytes()
    {
        const string status = "/proc/self/status", key = "VmHWM:";
        if (File.Exists(status) && File.ReadLines(status).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal)) is { } line
            && long.TryParse(line[key.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture, out long kilobytes))
        {
            return kilobytes * 1024;
        }

        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
