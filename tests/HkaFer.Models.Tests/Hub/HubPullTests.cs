using System.Text.Json.Nodes;
using HkaFer.Testing;

namespace HkaFer.Models.Tests;

/// <summary>What a pull leaves in the cache, and what it asks for.</summary>
public sealed class HubPullTests : HubTest
{
    [Fact]
    public void Pull_leaves_the_layout_of_the_hubs_own_cache()
    {
        foreach (string other in (string[])["pytorch_model.bin", "flax_model.msgpack", "README.md", "onnx/model.safetensors", "preprocessor_config.json"])
        {
            Server.Files[other] = HubServer.Noise(20);
        }

        HubSnapshot snapshot = Pull();
        Assert.Equal(("org/tiny", "main", Server.Commit, SnapshotFolder), (snapshot.Id, snapshot.Revision, snapshot.Commit, snapshot.Folder));
        Assert.Equal([Config, Weights, "preprocessor_config.json"], Directory.GetFiles(SnapshotFolder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        Assert.Equal(Server.Commit, File.ReadAllText(Path.Combine(Folder, "refs", "main")));
        foreach (HubFile file in snapshot.Files)
        {
            string blob = HubServer.BlobName(Server.Files[file.Name]);
            Assert.True(file.Fetched);
            Assert.Equal(Path.Combine("..", "..", "blobs", blob), new FileInfo(Path.Combine(SnapshotFolder, file.Name)).LinkTarget);
            Assert.Equal(Server.Files[file.Name], File.ReadAllBytes(Path.Combine(Folder, "blobs", blob)));
            Assert.Equal(Server.Files[file.Name].Length, file.Bytes);
            Assert.True(File.Exists(Path.Combine(Scratch["hub"], ".locks", "models--org--tiny", $"{blob}.lock")));
        }

        Assert.Equal(3, Directory.GetFiles(Path.Combine(Folder, "blobs")).Length);
        Assert.Equal((100_000 + 20 + 24, 1.0), (Told[^1].Total, (double)Told[^1].Done / Told[^1].Total));
    }

    [Fact]
    public void Second_pull_fetches_nothing_and_a_damaged_file_is_fetched_again()
    {
        Pull();
        Server.Requests.Clear();
        Assert.All(Pull().Files, file => Assert.False(file.Fetched));
        Assert.DoesNotContain(Server.Requests, request => request.IsStore || request.Fetches(Config));

        string blob = Path.Combine(Folder, "blobs", HubServer.Sha256(Content));
        File.WriteAllBytes(blob, HubServer.Noise(Content.Length, seed: 9));
        Assert.Equal([false, true], Pull().Files.Select(file => file.Fetched));
        Assert.Contains(Told, told => told.Note?.Contains("the file in the cache is damaged", StringComparison.Ordinal) == true);
        WeightsAreWhole();
    }

    [Fact]
    public void New_commit_of_the_same_files_takes_what_is_there_and_moves_the_branch_last()
    {
        Pull();
        string before = Server.Commit;
        Server.Commit = new string('b', 40);
        Server.Requests.Clear();
        Server.Instead = request => request.Method == "HEAD" && request.Path.EndsWith(Weights, StringComparison.Ordinal) ? HubAnswer.Text(400, "") : null;
        Refused();
        Assert.Equal(before, Hub.Find("org/tiny", Settings())!.Commit);

        Server.Instead = _ => null;
        Assert.All(Pull().Files, file => Assert.False(file.Fetched));
        Assert.Equal(Server.Commit, Hub.Find("org/tiny", Settings())!.Commit);
        Assert.Equal(before, Hub.Find($"org/tiny@{before}", Settings())!.Commit);
    }

    [Fact]
    public void Revision_is_a_branch_or_a_commit()
    {
        Pull("org/tiny@refs/pr/1");
        Assert.Equal(Server.Commit, File.ReadAllText(Path.Combine(Folder, "refs", "refs", "pr", "1")));
        Assert.Null(Hub.Find("org/tiny", Settings()));
        Assert.Equal(Server.Commit, Hub.Find("org/tiny@refs/pr/1", Settings())!.Commit);
        Assert.Equal("refs%2Fpr%2F1", Server.Requests.First().Path.Split('/')[^1]);

        Pull($"org/tiny@{Server.Commit}");
        Assert.Equal(["refs"], Directory.GetFileSystemEntries(Path.Combine(Folder, "refs")).Select(path => Path.GetFileName(path)));
    }

    [Fact]
    public void Shards_are_those_that_the_index_names()
    {
        Server.Files.Remove(Weights);
        foreach (int i in (int[])[1, 2, 3])
        {
            Server.Files[$"model-{i}.safetensors"] = HubServer.Tensors(2000, i);
        }

        Server.Files["model.safetensors.index.json"] = Index("model-1.safetensors", "model-2.safetensors", "model-1.safetensors");
        Assert.Equal(["model.safetensors.index.json", Config, "model-1.safetensors", "model-2.safetensors"], Pull().Files.Select(file => file.Name));
        Assert.Equal(4, Hub.Find("org/tiny", Settings())!.Files.Count);
        File.Delete(Path.Combine(SnapshotFolder, "model-2.safetensors"));
        Assert.Null(Hub.Find("org/tiny", Settings()));
    }

    [Fact]
    public void Weights_that_are_cut_short_are_not_whole()
    {
        Pull();
        Assert.NotNull(Hub.Find("org/tiny", Settings()));
        File.WriteAllBytes(Path.Combine(Folder, "blobs", HubServer.Sha256(Content)), Content[..^1]);
        Assert.Null(Hub.Find("org/tiny", Settings()));
        Assert.Contains("without a whole model.safetensors", Refused(settings: Settings(offline: true)));
        Pull();
        WeightsAreWhole();
    }

    [Theory]
    [InlineData("../../../evil.safetensors")]
    [InlineData("/etc/evil.safetensors")]
    [InlineData("C:\\\\evil.safetensors")]
    [InlineData("evil\\u0000.safetensors")]
    [InlineData("evil.bin")]
    [InlineData("absent.safetensors")]
    public void Shard_that_leads_elsewhere_is_refused(string name)
    {
        Server.Files.Remove(Weights);
        Server.Files["evil.bin"] = [];
        Server.Files["model.safetensors.index.json"] = System.Text.Encoding.UTF8.GetBytes($"{{\"weight_map\": {{\"a\": \"{name}\"}}}}");
        Assert.Contains("expected a", Refused());
        Assert.DoesNotContain(Directory.GetFiles(Scratch.Folder, "*", SearchOption.AllDirectories), path => path.Contains("evil", StringComparison.Ordinal));
        Assert.Null(Hub.Find("org/tiny", Settings()));
    }

    [Fact]
    public void Where_no_links_can_be_made_the_files_themselves_stand_in_the_snapshot()
    {
        HubSettings settings = Settings(link: (_, _) => throw new IOException("no links here"));
        Assert.All(Pull(settings: settings).Files, file => Assert.True(file.Fetched));
        WeightsAreWhole();
        Assert.Null(new FileInfo(Path.Combine(SnapshotFolder, Weights)).LinkTarget);
        Assert.Empty(Directory.GetFiles(Path.Combine(Folder, "blobs")));
        Assert.Equal(2, Directory.GetFileSystemEntries(SnapshotFolder).Length);
        Assert.All(Pull(settings: settings).Files, file => Assert.False(file.Fetched));
        Assert.NotNull(Hub.Find("org/tiny", settings));
    }

    [Fact]
    public void Blob_that_others_may_hold_is_copied_where_no_links_can_be_made()
    {
        Pull();
        Directory.Delete(SnapshotFolder, recursive: true);
        Pull(settings: Settings(link: (_, _) => throw new UnauthorizedAccessException()));
        WeightsAreWhole();
        Assert.Equal(2, Directory.GetFiles(Path.Combine(Folder, "blobs")).Length);
    }

    [Fact]
    public async Task Two_at_once_fetch_every_file_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Hub.Pull("org/tiny", Settings()))));
        WeightsAreWhole();
        Assert.Single(Server.Fetches(Weights));
    }

    [Fact]
    public void Lock_of_another_is_waited_for()
    {
        string path = Path.Combine(Scratch["hub"], ".locks", "models--org--tiny", $"{HubServer.Sha256(Content)}.lock");
        FileLock held = FileLock.TryTake(path)!;
        Hub.Pull("org/tiny", Settings(), new DirectProgress<HubProgress>(progress =>
        {
            if (progress.Step == HubStep.Waiting)
            {
                Assert.Contains("another process is fetching it", progress.Note);
                Assert.Empty(Server.Fetches(Weights));
                held.Dispose();
            }
        }));
        Assert.Null(Record.Exception(WeightsAreWhole));
    }

    [Fact]
    public void Offline_takes_what_is_there_and_asks_nobody()
    {
        string message = Refused(settings: Settings(offline: true));
        Assert.Contains("org/tiny: is not in the hub's cache", message);
        Assert.Contains("run hkafer pull org/tiny without --offline", message);
        Pull();
        Server.Requests.Clear();
        Assert.Equal(SnapshotFolder, Pull(settings: Settings(offline: true)).Folder);
        Assert.Empty(Server.Requests);

        // As the hub's library leaves it when somebody has asked for the config alone.
        File.Delete(Path.Combine(SnapshotFolder, Weights));
        Assert.Contains($"org/tiny: is in the hub's cache without a whole {Weights}", Refused(settings: Settings(offline: true)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("../../../elsewhere")]
    [InlineData("main")]
    public void Reference_that_names_no_commit_finds_nothing(string content)
    {
        Pull();
        File.WriteAllText(Path.Combine(Folder, "refs", "main"), content);
        Assert.Null(Hub.Find("org/tiny", Settings()));
    }

    [Theory]
    [InlineData("blobs")]
    [InlineData("snapshots")]
    public void Link_out_of_the_cache_is_refused(string name)
    {
        Directory.CreateDirectory(Scratch["elsewhere"]);
        Directory.CreateDirectory(Folder);
        Directory.CreateSymbolicLink(Path.Combine(Folder, name), Scratch["elsewhere"]);
        Assert.Contains("through which files would leave the cache", Refused());
        Assert.Empty(Directory.GetFileSystemEntries(Scratch["elsewhere"]));
    }

    [Fact]
    public void Links_in_the_way_are_replaced_and_not_followed()
    {
        string mine = Scratch.Write("mine", "mine");
        Directory.CreateDirectory(Path.GetDirectoryName(Partial)!);
        Directory.CreateDirectory(SnapshotFolder);
        File.CreateSymbolicLink(Partial, mine);
        File.CreateSymbolicLink(Path.Combine(SnapshotFolder, Weights), mine);
        Pull();
        WeightsAreWhole();
        Assert.Equal("mine", File.ReadAllText(mine));
    }

    private static byte[] Index(params string[] files) => System.Text.Encoding.UTF8.GetBytes(
        new JsonObject { ["weight_map"] = new JsonObject(files.Select((file, i) => KeyValuePair.Create($"t{i}", (JsonNode?)file))) }.ToJsonString());
}
