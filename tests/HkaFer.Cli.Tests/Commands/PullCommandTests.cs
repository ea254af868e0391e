using System.Diagnostics;
using System.Text.Json;
using HkaFer.Testing;

namespace HkaFer.Cli.Tests.Commands;

/// <summary>The program in a process of its own, with the environment of the hub's tools and a hub in this one.</summary>
public sealed class PullCommandTests : IClassFixture<TinyModel>, IDisposable
{
    private readonly TinyModel _tiny;
    private readonly Scratch _scratch = new();
    private readonly HubServer _server = new();

    public PullCommandTests(TinyModel tiny)
    {
        _tiny = tiny;
        foreach (string file in Directory.GetFiles(tiny.Backbone))
        {
            _server.Files[Path.GetFileName(file)] = File.ReadAllBytes(file);
        }
    }

    public void Dispose()
    {
        _server.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public void Pulled_checkpoint_is_found_by_its_id_everywhere_and_its_commit_is_recorded()
    {
        _server.Token = "hf_test";
        JsonElement pulled = Succeed("pull", "org/tiny", "--quiet");
        string folder = pulled.GetProperty("path").GetString()!;
        Assert.Equal(Path.Combine(_scratch["home"], "hub", "models--org--tiny", "snapshots", _server.Commit), folder);
        Assert.Equal(2, pulled.GetProperty("files").GetArrayLength());
        Assert.Equal(pulled.GetProperty("bytes").GetInt64(), pulled.GetProperty("fetched_bytes").GetInt64());
        _server.Requests.Clear();

        string recipe = _scratch.Write("recipe.yaml", """
            data: { train: "faces:?seed=1&count=14&size=32" }
            backbone: org/tiny
            method: linear
            training: { epochs: 1, batch: 7 }
            augmentation:
            preprocessing: { size: 32 }
            """), run = _scratch["run"];
        Succeed("train", recipe, "--out", run);
        JsonElement summary = Read(run, "run.json"), adapter = Read(run, "last", "adapter_config.json");
        Assert.Equal(("org/tiny", _server.Commit), (summary.GetProperty("backbone").GetString(), summary.GetProperty("backbone_revision").GetString()));
        Assert.Equal(("org/tiny", _server.Commit), (adapter.GetProperty("base_model_name_or_path").GetString(), adapter.GetProperty("revision").GetString()));

        Assert.Equal(1, Succeed("predict", run, Path.Combine(_tiny.Photos, "a.png")).GetArrayLength());
        Succeed("convert", run, _scratch["alone"]);
        Assert.Equal(_server.Commit, Read(_scratch["alone"], "adapter_config.json").GetProperty("revision").GetString());
        Assert.Equal("checkpoint", Succeed("inspect", "org/tiny").GetProperty("kind").GetString());
        Assert.Equal(1, Succeed("embed", "org/tiny", Path.Combine(_tiny.Photos, "a.png"), "--out", _scratch["features.npy"]).GetProperty("count").GetInt32());
        Assert.Equal(0, Succeed("convert", "org/tiny", _scratch["copy"]).GetProperty("max_difference").GetDouble());
        Assert.True(Succeed("params", "org/tiny", "--method", "linear")[0].GetProperty("total").GetInt64() > 0);
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public void Adapter_of_the_hub_is_used_by_its_id_once_it_is_in_the_cache()
    {
        _server.Files.Clear();
        foreach (string file in (string[])["adapter_config.json", "adapter_model.safetensors"])
        {
            _server.Files[file] = File.ReadAllBytes(Path.Combine(_tiny.Adapter, file));
        }

        string face = Path.Combine(_tiny.Photos, "a.png");
        Hka.Outcome before = Run("predict", "org/tiny", face);
        Assert.Equal(1, before.Code);
        Assert.Contains("'org/tiny' does not exist", before.Error);
        Assert.Contains("an adapter or a CLIP checkpoint of the hub must be fetched first: hkafer pull org/tiny", before.Error);

        Succeed("pull", "org/tiny");
        _server.Requests.Clear();
        Assert.Equal(
            Succeed("predict", _tiny.Adapter, face)[0].GetProperty("probabilities").GetRawText(),
            Succeed("predict", "org/tiny", face, "--backbone", _tiny.Backbone)[0].GetProperty("probabilities").GetRawText());
        Assert.Equal(14, Succeed("eval", "org/tiny", "--data", "faces:?count=14&size=32", "--backbone", _tiny.Backbone).GetProperty("count").GetInt32());
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public void Checkpoint_that_is_not_there_is_never_fetched_unasked_and_the_error_says_how()
    {
        string recipe = _scratch.Write("recipe.yaml", "data: { train: \"faces:?count=7&size=32\" }\nbackbone: org/tiny\n");
        Hka.Outcome outcome = Run("train", recipe, "--out", _scratch["run"]);
        Assert.Equal(1, outcome.Code);
        Assert.Contains("backbone 'org/tiny': no folder with a config.json; looked in ", outcome.Error);
        Assert.Contains($"the hub's cache ({Path.Combine(_scratch["home"], "hub")}); check the path, or if it is a model of the hub, fetch it: hkafer pull org/tiny; else name a checkpoint folder", outcome.Error);
        Assert.Empty(_server.Requests);
        Assert.False(Directory.Exists(_scratch["run"]));
    }

    [Fact]
    public async Task Interrupted_pull_keeps_what_it_has_and_goes_on()
    {
        Hka.NeedsSignals();
        var held = new TaskCompletionSource();
        var sent = new TaskCompletionSource();
        _server.Instead = request =>
        {
            if (!request.IsStore)
            {
                return null;
            }

            sent.TrySetResult();
            return _server.Answer(request) with { CutAfter = 5000, Hold = held.Task };
        };
        using Process process = Hka.Start(["pull", "org/tiny"], Environment());
        await sent.Task;
        string partial = Path.Combine(_scratch["home"], "hub", "models--org--tiny", "blobs", HubServer.Sha256(_server.Files["model.safetensors"]) + ".incomplete");
        while (!process.HasExited && !(File.Exists(partial) && new FileInfo(partial).Length == 5000))
        {
            await Task.Delay(10);
        }

        using (Process kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
        {
            await kill.WaitForExitAsync();
        }

        Hka.Outcome outcome = Hka.Finish(process);
        held.SetResult();
        Assert.Equal(130, outcome.Code);
        Assert.Contains("interrupted; what was fetched is kept", outcome.Error);
        Assert.Empty(outcome.Out);

        _server.Instead = _ => null;
        Assert.Equal("bytes=5000-", (Succeed("pull", "org/tiny"), _server.Fetches("model.safetensors")[^1]).Item2["Range"]);
    }

    [Fact]
    public void Text_names_path_and_commit_and_messages_name_each_file()
    {
        Hka.Outcome outcome = Run("pull", "org/tiny@refs/pr/1").Succeeds();
        Assert.Contains($"commit\t{_server.Commit}\n", outcome.Out);
        Assert.Contains("files\t2\n", outcome.Out);
        Assert.Contains("fetching model.safetensors\n", outcome.Error);
    }

    [Fact]
    public void Two_revisions_are_wrong_usage() => Assert.Equal(2, Hka.Run("pull", "org/tiny@main", "--revision", "main").Code);

    [Theory]
    [InlineData(12, "12 bytes")]
    [InlineData(88_240_000, "88.2 MB")]
    [InlineData(1_200_000_000, "1.2 GB")]
    public void Sizes_have_one_place_behind_the_point(long count, string text) => Assert.Equal(text, PullLine.Bytes(count));

    [Fact]
    public void Progress_has_a_rate_and_the_time_that_is_left()
    {
        var progress = new HkaFer.Models.HubProgress(HkaFer.Models.HubStep.Fetching, "a", Done: 30, Total: 100, BytesPerSecond: 7);
        Assert.Equal(TimeSpan.FromSeconds(10), progress.Remaining);
        Assert.Null((progress with { BytesPerSecond = 0 }).Remaining);
    }

    private JsonElement Succeed(params string[] args) => Run([.. args, "--json"]).Succeeds().Json;

    private Hka.Outcome Run(params string[] args)
    {
        using Process process = Hka.Start(args, Environment());
        return Hka.Finish(process);
    }

    // What the machine's own user has set must not count; an empty value is none.
    private (string, string)[] Environment() =>
    [
        ("HF_HOME", _scratch["home"]), ("HF_ENDPOINT", _server.Endpoint.ToString()), ("HF_TOKEN", "hf_test"), ("HF_HUB_CACHE", ""), ("HUGGINGFACE_HUB_CACHE", ""),
        ("HF_HUB_OFFLINE", ""), ("TRANSFORMERS_OFFLINE", ""), ("HF_TOKEN_PATH", ""), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", ""), ("HF_HUB_DOWNLOAD_TIMEOUT", "120"), ("HF_HUB_ETAG_TIMEOUT", "120"),
    ];

    private static JsonElement Read(params string[] path) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(path))).RootElement;
}
