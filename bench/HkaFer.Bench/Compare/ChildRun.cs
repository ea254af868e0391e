using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace HkaFer.Bench;

/// <summary>
/// Another process that prints one JSON document: each side of a comparison has its own, so that neither holds the other's memory and peak memory is
/// that of one model.
/// </summary>
internal static class ChildRun
{
    /// <summary>Runs it to its end.</summary>
    /// <param name="file">Program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="threads">Threads that its libraries may take.</param>
    /// <param name="cancel">Kills it.</param>
    /// <param name="temporary">The folder for what it leaves behind; the system's if not given.</param>
    /// <returns>The document, or why there is none.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static (JsonElement? Json, string? Why) Start(string file, IEnumerable<string> arguments, int threads, CancellationToken cancel, string? temporary = null)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };

        // As its packager left it: no kernel forced by the user's shell, and as many threads as ours.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("OPENBLAS_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["OMP_NUM_THREADS"] = $"{threads}";
        start.Environment["HKAFER_THREADS"] = $"{threads}";
        if (temporary is not null)
        {
            start.Environment["TMPDIR"] = temporary;
        }

        try
        {
            using Process process = Process.Start(start)!;
            using CancellationTokenRegistration stop = cancel.Register(() => Kill(process));
            Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            string text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            cancel.ThrowIfCancellationRequested();
            return process.ExitCode == 0
                ? (JsonDocument.Parse(text).RootElement, null)
                : (null, process.ExitCode == 137 ? "killed, probably for want of memory" : LastLine(errors.Result) ?? $"exit code {process.ExitCode}");
        }
        catch (Win32Exception)
        {
            return (null, $"{file} is not installed");
        }
        catch (JsonException e)
        {
            return (null, $"printed no JSON: {e.Message}");
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }

    private static string? LastLine(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
}
