using System.Diagnostics;
using HkaFer.Testing;

namespace HkaFer.Cli.Tests;

/// <summary>Signals, sent to the program in a process of its own.</summary>
public sealed class InterruptTests
{
    /// <summary>Batches of large drawn faces take seconds, in which a second signal finds the program waiting for them.</summary>
    private const string Slow = """
        data: { train: "faces:?seed=3&count=192&size=512", valid: "faces:?seed=4&count=7&size=32" }
        backbone: { scratch: { width: 16, depth: 1, heads: 2, patch: 16, image_size: 32 } }
        method: full
        training: { epochs: 2, batch: 32, save_every: 1 }
        preprocessing: { size: 32 }
        """;

    private const string Fast = """
        data: { train: "faces:?seed=3&count=28&size=32", valid: "faces:?seed=4&count=7&size=32" }
        backbone: { scratch: { width: 16, depth: 1, heads: 2, patch: 16, image_size: 32 } }
        method: full
        training: { epochs: 200, batch: 8 }
        preprocessing: { size: 32 }
        """;

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task First_signal_finishes_the_step_saves_and_ends_with_130(string signal)
    {
        Hka.NeedsSignals();
        using var scratch = new Scratch();
        string recipe = scratch.Write("recipe.yaml", Fast), folder = scratch["run"];
        using Process process = Hka.Start(["train", recipe, "--out", folder]);
        while (await process.StandardError.ReadLineAsync() is { } line && !line.Contains("epoch 1/200", StringComparison.Ordinal))
        {
        }

        // While it is alive nobody else gets in, and the message says who is there.
        Hka.Outcome other = Hka.Run("train", recipe, "--out", folder, "--resume");
        Assert.Equal(1, other.Code);
        Assert.Contains($"is in use by process {process.Id} on ", other.Error);

        await Send(signal, process);
        Hka.Outcome outcome = Hka.Finish(process);
        Assert.Equal(130, outcome.Code);
        Assert.Contains("stopping after what is under way; once more to leave at once", outcome.Error);
        Assert.Contains("interrupted; what was reached is saved", outcome.Error);
        Assert.Equal("interrupted", new HkaFer.Training.RunFolder(folder).ReadSummary().GetProperty("status").GetString());
    }

    [Fact]
    public async Task Second_signal_leaves_at_once_with_a_usable_checkpoint()
    {
        Hka.NeedsSignals();
        using var scratch = new Scratch();
        string recipe = scratch.Write("recipe.yaml", Slow), folder = scratch["run"];
        using Process process = Hka.Start(["train", recipe, "--out", folder]);
        string state = Path.Combine(folder, "state", "state.safetensors"), summary = Path.Combine(folder, "run.json");
        while (!process.HasExited && !(File.Exists(state) && File.GetLastWriteTimeUtc(summary) >= File.GetLastWriteTimeUtc(state)))
        {
            await Task.Delay(10);
        }

        await Send("INT", process);
        string heard = "";
        while (!heard.Contains("once more", StringComparison.Ordinal) && await process.StandardError.ReadLineAsync() is { } line)
        {
            heard += line;
        }

        await Send("INT", process);
        Hka.Outcome outcome = Hka.Finish(process);
        Assert.Equal(130, outcome.Code);
        Assert.DoesNotContain("what was reached is saved", heard + outcome.Error);
        Assert.Equal("running", new HkaFer.Training.RunFolder(folder).ReadSummary().GetProperty("status").GetString());
        string face = scratch["face.png"];
        HkaFer.Data.DataSource.Parse("faces:?count=1&size=32").Open("train").Load(0).SavePng(face);
        Hka.Run("predict", folder, face, "--json").Succeeds();
        Assert.True(Hka.Run("inspect", folder, "--json").Succeeds().Json.GetProperty("can_resume").GetBoolean());
    }

    [Fact]
    public async Task Make_that_is_stopped_leaves_nothing_and_ends_with_130()
    {
        Hka.NeedsSignals();
        using var scratch = new Scratch();
        using Process process = Hka.Start(["make", "dinov2-large", scratch["random"]]);

        // Drawing the weights takes seconds, and the program listens before it begins.
        while (!process.HasExited && process.TotalProcessorTime < TimeSpan.FromSeconds(1.5))
        {
            await Task.Delay(10);
        }

        await Send("INT", process);
        Hka.Outcome outcome = Hka.Finish(process);
        Assert.Equal(130, outcome.Code);
        Assert.Contains("interrupted", outcome.Error);
        Assert.Empty(Directory.GetFileSystemEntries(scratch.Folder));
    }

    [Fact]
    public void Resume_where_nothing_is_yet_begins_and_says_so()
    {
        using var scratch = new Scratch();
        string recipe = scratch.Write("recipe.yaml", Fast);
        Hka.Outcome outcome = Hka.Run("train", recipe, "--out", scratch["run"], "--set", "training.epochs=1", "--resume").Succeeds();
        Assert.Contains($"{scratch["run"]}; nothing to resume yet, begins anew", outcome.Error);
    }

    private static async Task Send(string signal, Process process)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        await kill.WaitForExitAsync();
    }
}
