using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace HkaFer.Cli.Tests;

/// <summary>Runs the program, in this process or in one of its own.</summary>
internal static class Hka
{
    /// <summary>Longer than any of these takes on a busy machine; a hang fails instead of lasting for ever.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    private const string Env = "/usr/bin/env";

    /// <summary>What a run left behind.</summary>
    internal sealed record Outcome(int Code, string Out, string Error)
    {
        /// <summary>Standard output as the one JSON document that it must be.</summary>
        public JsonElement Json => JsonDocument.Parse(Out).RootElement;

        public Outcome Succeeds()
        {
            Assert.True(Code == 0, $"exit code {Code}\n{Error}");
            return this;
        }
    }

    /// <summary>Skips a test that sends signals where they do not arrive: a shell that starts the tests in its background has SIGINT ignored for all below.</summary>
    public static void NeedsSignals()
    {
        const string status = "/proc/self/status", ignored = "SigIgn:";
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent by kill");
        string? mask = File.Exists(status) ? File.ReadLines(status).FirstOrDefault(line => line.StartsWith(ignored, StringComparison.Ordinal)) : null;
        Assert.SkipWhen(
            mask is not null && (Convert.ToUInt64(mask[ignored.Length..].Trim(), 16) & 2) != 0, "SIGINT is ignored by whoever started the tests");
    }

    public static Outcome Run(params string[] args)
    {
        using StringWriter result = new(), messages = new();
        int code = CommandLine.Run(args, new Streams(result, messages));
        return new Outcome(code, result.ToString(), messages.ToString());
    }

    public static Outcome Child(params string[] args)
    {
        using Process process = Start(args);
        return Finish(process);
    }

    public static Process Start(string[] args, params (string Name, string Value)[] environment)
    {
        // Whoever is started in the background of a script ignores Ctrl-C, and so would the program; env takes that back.
        bool plain = OperatingSystem.IsLinux() && File.Exists(Env);
        var start = new ProcessStartInfo(plain ? Env : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (string arg in (string[])[.. plain ? (string[])["--default-signal=INT,QUIT", "dotnet"] : [], Path.Combine(AppContext.BaseDirectory, "hkafer.dll")])
        {
            start.ArgumentList.Add(arg);
        }

        foreach (string arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        // A process that is killed leaves the socket of its diagnostics in the system's temporary folder; without it, nothing.
        start.Environment["DOTNET_EnableDiagnostics_IPC"] = "0";
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    public static Outcome Finish(Process process)
    {
        Task<string> result = process.StandardOutput.ReadToEndAsync(), messages = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"did not end in {s_patience}");
        }

        return new Outcome(process.ExitCode, result.Result, messages.Result);
    }
}
