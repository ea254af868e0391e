namespace HkaFer.Cli;

/// <summary>Whether there is a standard output, which a shell closes with <c>&gt;&amp;-</c>: an hour's work should not end in finding that out.</summary>
internal static class StandardOutput
{
    private const int CloseOnExec = 0x80000; // O_CLOEXEC of Linux

    /// <summary>Whether the program was started without one; where the system does not tell (all but Linux), that it was not.</summary>
    public static bool IsClosed()
    {
        const string facts = "/proc/self/fdinfo/1", flags = "flags:";
        if (!File.Exists(facts))
        {
            return Directory.Exists(Path.GetDirectoryName(facts));
        }

        // Its number may belong to something that the runtime has opened since, and what a program inherits is never closed on exec.
        string? line = File.ReadLines(facts).FirstOrDefault(line => line.StartsWith(flags, StringComparison.Ordinal));
        return line is not null && (Convert.ToInt64(line[flags.Length..].Trim(), 8) & CloseOnExec) != 0;
    }
}
