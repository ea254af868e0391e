using System.Diagnostics;

namespace HkaFer.Cli.Tests;

/// <summary>The built program in a process of its own: what a script sees.</summary>
public sealed class ProcessTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Fact]
    public void Json_is_all_that_standard_output_holds_and_paths_keep_their_letters()
    {
        string path = Path.Combine(tiny.Photos, "deeper", "c ü 顔.PNG");
        Hka.Outcome outcome = Hka.Child("predict", tiny.Adapter, path, "--json").Succeeds();
        Assert.StartsWith("[", outcome.Out);
        Assert.Contains(path, outcome.Out);
        Assert.Equal(path, outcome.Json[0].GetProperty("path").GetString());
        Assert.Empty(outcome.Error);
    }

    [Theory]
    [InlineData(0, "--version")]
    [InlineData(1, "inspect", "nowhere")]
    [InlineData(2, "params")]
    [InlineData(2, "nonsense")]
    public void Exit_codes_reach_the_shell(int code, params string[] args) => Assert.Equal(code, Hka.Child(args).Code);

    // A log on a disk that is full, and no standard error at all.
    [Theory]
    [InlineData("2>/dev/full")]
    [InlineData("2>&-")]
    public void Messages_that_cannot_be_written_end_no_command(string redirection)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        Assert.Equal(2, Shell(redirection, "nonsense"));
        Assert.Equal(0, Shell(redirection, "train", tiny.Recipe, "--out", tiny.At($"run {redirection.Length}"), "--set", "training.epochs=1"));
    }

    [Fact]
    public void Trace_shows_the_stack_only_where_asked_for()
    {
        Assert.DoesNotContain("   at ", Hka.Child("inspect", "nowhere").Error);
        string traced = Finish("HKAFER_TRACE", "1", "inspect", "nowhere").Error;
        Assert.Contains("   at HkaFer.Cli.Inspection", traced);
        Assert.Contains("'nowhere' does not exist", traced);
    }

    [Fact]
    public void Wrong_setting_of_the_environment_is_an_error_that_names_it()
    {
        Hka.Outcome outcome = Finish("HKAFER_THREADS", "many", "doctor");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("HKAFER_THREADS", outcome.Error);
    }

    [Fact]
    public void Closed_standard_output_is_told_before_the_work()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only /proc tells");
        string recipe = tiny.Recipe, run = tiny.At("no output");
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardError = true };
        foreach (string arg in (string[])["-c", "exec dotnet \"$0\" train \"$1\" --out \"$2\" >&-", Path.Combine(AppContext.BaseDirectory, "hkafer.dll"), recipe, run])
        {
            start.ArgumentList.Add(arg);
        }

        using Process process = Process.Start(start)!;
        Assert.Contains("error: standard output is closed", process.StandardError.ReadToEnd());
        process.WaitForExit();
        Assert.Equal(1, process.ExitCode);
        Assert.False(Directory.Exists(run));
    }

    private static int Shell(string redirection, params string[] args)
    {
        string[] quoted = [.. args.Prepend(Path.Combine(AppContext.BaseDirectory, "hkafer.dll")).Select(arg => $"'{arg}'")];
        using Process process = Process.Start(new ProcessStartInfo("sh", ["-c", $"exec dotnet {string.Join(' ', quoted)} >/dev/null {redirection}"]))!;
        process.WaitForExit();
        return process.ExitCode;
    }

    private static Hka.Outcome Finish(string name, string value, params string[] args)
    {
        using Process process = Hka.Start(args, (name, value));
        return Hka.Finish(process);
    }
}
