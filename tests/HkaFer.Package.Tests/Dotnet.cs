using System.Diagnostics;

namespace HkaFer.Package.Tests;

/// <summary>Runs programs as a user's shell would.</summary>
internal static class Dotnet
{
    /// <summary>Longer than any of these takes on a busy machine; a hang fails instead of lasting for ever.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <summary>What a program left behind.</summary>
    internal sealed record Outcome(int Code, string Out, string Error);

    /// <summary>Runs <c>dotnet</c> and fails where it does.</summary>
    public static string Run(string folder, params string[] args) => Succeed("dotnet", folder, args);

    /// <summary>Runs any program and fails where it does.</summary>
    /// <returns>Its standard output.</returns>
    public static string Succeed(string program, string folder, params string[] args)
    {
        Outcome outcome = Start(program, folder, args);
        Assert.True(outcome.Code == 0, $"{program} {string.Join(' ', args)}: exit code {outcome.Code}\n{outcome.Out}\n{outcome.Error}");
        return outcome.Out;
    }

    /// <summary>Runs any program and fails where it succeeds.</summary>
    /// <returns>Its standard error.</returns>
    public static string Fail(string program, string folder, params string[] args)
    {
        Outcome outcome = Start(program, folder, args);
        Assert.Equal(1, outcome.Code);
        return outcome.Error;
    }

    private static Outcome Start(string program, string folder, string[] args)
    {
        var start = new ProcessStartInfo(program, args) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };

        // What the test runner's own build left in the environment would lead another build astray.
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(name);
        }

        // No process stays behind.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> result = process.StandardOutput.ReadToEndAsync(), messages = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {string.Join(' ', args)} did not end in {s_patience}");
        }

        return new Outcome(process.ExitCode, result.Result, messages.Result);
    }
}
