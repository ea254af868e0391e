using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using HkaFer.Models;
using HkaFer.Testing;

namespace HkaFer.Cli.Tests;

/// <summary>
/// The program is killed with SIGKILL at 50 random moments of its life, resumed each time, and leaves what it would have left: weights, optimizer,
/// metrics, every file, byte for byte.
/// </summary>
public sealed class KillTests(ITestOutputHelper log)
{
    private const int Kills = 50;
    private const string Nothing = "before anything new was saved";

    [Fact]
    public async Task Run_killed_at_50_random_moments_gives_the_same_bytes()
    {
        using var scratch = new Scratch(inMemory: true);
        string recipe = scratch.Write("recipe.yaml", """
            data:
              train: "faces:?seed=3&count=70&size=32"
              valid: "faces:?seed=4&count=28&size=32"
              test: "faces:?seed=5&count=28&size=32"
              sampling: balanced
            backbone:
              scratch: { width: 32, depth: 2, heads: 2, patch: 8, image_size: 32 }
            method: full
            optimizer: { kind: adamw, learning_rate: 1e-3 }
            schedule: { kind: cosine, warmup_epochs: 1 }
            training: { epochs: 12, batch: 4, accumulate: 2, label_smoothing: 0.1, class_weights: balanced, clip: 1, ema: 0.9, selection: best, save_every: 2 }
            augmentation: { mixup: 0.4, cutmix: 1 }
            preprocessing: { size: 32 }
            """);
        (int code, TimeSpan life) = await Live(recipe, scratch["whole"], resume: false, Timeout.InfiniteTimeSpan);
        Assert.Equal(0, code);
        SortedDictionary<string, string> expected = RunContent.Of(scratch["whole"]);

        // Moments from the first line that the program writes until well into the run; each life goes on where the last one ended. Lives that come to
        // nothing, as on a machine that has become busy, make the next ones longer.
        var random = new Random(20261125);
        var hits = new SortedDictionary<string, int>(StringComparer.Ordinal);
        TimeSpan longest = life;
        int kills = 0, runs = 0;
        while (kills < Kills)
        {
            string folder = scratch[$"run {runs++}"];
            code = -1;
            for (bool resume = false; code != 0; resume = true)
            {
                TimeSpan until = kills < Kills ? longest * random.NextDouble() : Timeout.InfiniteTimeSpan;
                string before = Stand(folder);
                (code, _) = await Live(recipe, folder, resume, until);
                if (code != 0)
                {
                    Assert.Equal(137, code);
                    kills++;
                    string hit = Hit(folder, before);
                    hits[hit] = hits.GetValueOrDefault(hit) + 1;
                    longest *= hit is Nothing ? 1.3 : 0.95;
                }
            }

            Assert.Equal(expected, RunContent.Of(folder));
        }

        log.WriteLine($"{kills} kills in {runs} runs of {life.TotalSeconds.ToString("F1", CultureInfo.InvariantCulture)} s: {string.Join(", ", hits.Select(h => $"{h.Value} {h.Key}"))}");
        Assert.InRange(Kills - hits.GetValueOrDefault(Nothing), (Kills / 2) + 1, Kills);
    }

    /// <summary>One life of the program.</summary>
    /// <returns>Its exit code, and how long it lived after its first line.</returns>
    private static async Task<(int Code, TimeSpan Life)> Live(string recipe, string folder, bool resume, TimeSpan until)
    {
        string[] args = ["train", recipe, "--out", folder, .. resume ? ["--resume"] : Array.Empty<string>()];
        using Process process = Hka.Start(args, ("HKAFER_THREADS", "1"));
        Task<string> rest = process.StandardOutput.ReadToEndAsync();
        string? first = await process.StandardError.ReadLineAsync();
        var watch = Stopwatch.StartNew();
        Task<string> messages = process.StandardError.ReadToEndAsync();
        Task end = process.WaitForExitAsync();
        if (await Task.WhenAny(end, Task.Delay(until)) != end)
        {
            process.Kill();
            await end;
        }

        await rest;
        Assert.True(process.ExitCode is 0 or 137, $"{first}\n{await messages}");
        return (process.ExitCode, watch.Elapsed);
    }

    /// <summary>What a kill hit, as its traces tell.</summary>
    private static string Hit(string folder, string before)
    {
        var run = new HkaFer.Training.RunFolder(folder);
        bool begun = File.Exists(run.Summary);
        if (begun && Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Any(path => path.EndsWith(".tmp") || path.EndsWith(AtomicFolder.Fresh)))
        {
            return "saving";
        }

        string now = Stand(folder);
        return now == before ? Nothing : now.EndsWith($" {run.ReadSummary().GetProperty("steps").GetInt32()}", StringComparison.Ordinal) ? "scoring" : "training";
    }

    /// <summary>Where the last checkpoint of a run stands: epoch and step.</summary>
    private static string Stand(string folder)
    {
        string state = Path.Combine(new HkaFer.Training.RunFolder(folder).State, "state.safetensors");
        if (!File.Exists(state))
        {
            return "";
        }

        using SafeTensorsFile file = SafeTensorsFile.Open(state);
        using JsonDocument numbers = JsonDocument.Parse(file.Metadata["state"]);
        return $"{numbers.RootElement.GetProperty("Epoch")} {numbers.RootElement.GetProperty("Step")}";
    }
}
