using System.Diagnostics;

namespace HkaFer.Cli.Tests.BadInput;

/// <summary>What every bad input must lead to: an end, exit code 1, and a short message that names what is wrong.</summary>
internal static class Bad
{
    /// <summary>Runs the program on something bad.</summary>
    /// <param name="says">What the message must hold: the file, the place, the remedy.</param>
    /// <param name="args">The command line.</param>
    public static Hka.Outcome Refused(string[] says, params string[] args)
    {
        Hka.Outcome outcome = Ends(args);
        Assert.Equal(1, outcome.Code);
        Assert.Contains("error: ", outcome.Error);
        Assert.DoesNotContain("fault of the program", outcome.Error);
        Assert.DoesNotContain("   at ", outcome.Error);
        Assert.InRange(outcome.Error.Length, 20, 6000);
        Assert.All(says, text => Assert.Contains(text, outcome.Error + outcome.Out));
        return outcome;
    }

    /// <summary>Runs the program and fails where it hangs.</summary>
    public static Hka.Outcome Ends(params string[] args)
    {
        var run = Task.Run(() => Hka.Run(args));
        Assert.True(run.Wait(TimeSpan.FromMinutes(2)), $"hangs: {string.Join(' ', args)}");
        return run.Result;
    }

    /// <summary>Makes a pipe that nobody writes to: whoever opens it waits for ever.</summary>
    public static void Pipe(string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "has no such files");
        using Process make = Process.Start("mkfifo", [path]);
        make.WaitForExit();
        Assert.Equal(0, make.ExitCode);
    }

    /// <summary>Every file below a folder, to show that nothing was left behind.</summary>
    public static string[] Files(string folder) =>
        Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)] : [];
}
