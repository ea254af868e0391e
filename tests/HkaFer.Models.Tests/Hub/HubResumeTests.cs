using HkaFer.Testing;

namespace HkaFer.Models.Tests;

/// <summary>Connections that are lost, servers that are busy, and files that were begun before.</summary>
public sealed class HubResumeTests : HubTest
{
    /// <summary>Spoils the first answers for the weights.</summary>
    private void Spoil(Func<HubRequest, HubAnswer, HubAnswer> change, int times = 1) => Server.Instead = request =>
        request.IsStore && times-- > 0 ? change(request, Server.Answer(request)) : null;

    [Fact]
    public void Dropped_connection_goes_on_where_it_ended_if_the_file_is_the_same()
    {
        Spoil((_, answer) => answer with { CutAfter = 30_000 }, times: 2);
        Pull();
        WeightsAreWhole();
        Assert.Equal([null, "bytes=30000-", "bytes=60000-"], Server.Fetches(Weights).Select(request => request["Range"]));
        Assert.Equal([null, HubServer.StoreTag(Content), HubServer.StoreTag(Content)], Server.Fetches(Weights).Select(request => request["If-Range"]));
        Assert.Equal(2, Told.Count(told => told.Step == HubStep.Waiting && told.Note!.Contains("tries again in", StringComparison.Ordinal)));
    }

    [Fact]
    public void Small_file_that_the_hub_sends_itself_goes_on_by_its_checksum()
    {
        bool cut = false;
        Server.Instead = request => request.Fetches(Config) && request.Path.StartsWith("/api/", StringComparison.Ordinal) && !cut && (cut = true)
            ? Server.Answer(request) with { CutAfter = 10 } : null;
        Pull();
        HubRequest last = Server.Requests.Last(request => request.Fetches(Config));
        Assert.Equal(("bytes=10-", $"\"{HubServer.GitSha(Server.Files[Config])}\""), (last["Range"], last["If-Range"]));
    }

    [Fact]
    public void Cancelled_pull_leaves_a_part_and_the_next_goes_on_from_it()
    {
        using var cancel = new CancellationTokenSource();
        var held = new TaskCompletionSource();
        Spoil((_, answer) => answer with { CutAfter = 40_000, Hold = held.Task });
        Assert.ThrowsAny<OperationCanceledException>(() => Hub.Pull("org/tiny", Settings(), new DirectProgress<HubProgress>(progress =>
        {
            if (progress.Step == HubStep.Fetching && progress.Done >= 40_000 + Server.Files[Config].Length)
            {
                cancel.Cancel();
            }
        }), cancel.Token));
        held.SetResult();
        Assert.Equal(Content[..40_000], File.ReadAllBytes(Partial));
        Assert.Null(Hub.Find("org/tiny", Settings()));

        Pull();
        WeightsAreWhole();
        Assert.Equal("bytes=40000-", Server.Fetches(Weights)[^1]["Range"]);
    }

    [Fact]
    public void Server_without_ranges_sends_all_of_it_again()
    {
        int calls = 0;
        Server.Instead = request => request.IsStore
            ? new HubAnswer(200, Content) { CutAfter = calls++ == 0 ? 30_000 : int.MaxValue }
            : null;
        Pull();
        WeightsAreWhole();
        Assert.Equal(2, calls);
    }

    [Theory]
    [InlineData(30_000)]
    [InlineData(100_000)]
    [InlineData(100_001)]
    public void Part_of_another_file_is_fetched_anew(int length)
    {
        Scratch.Write(Path.GetRelativePath(Scratch.Folder, Partial), HubServer.Noise(length, seed: 5));
        Pull();
        WeightsAreWhole();
    }

    [Fact]
    public void Part_that_is_whole_is_not_fetched_again()
    {
        Scratch.Write(Path.GetRelativePath(Scratch.Folder, Partial), Content);
        Pull();
        WeightsAreWhole();
        Assert.Empty(Server.Fetches(Weights));
    }

    [Theory]
    [InlineData("bytes 20000-99999/100000")]
    [InlineData("nonsense")]
    [InlineData(null)]
    public void Wrong_part_is_not_taken(string? range)
    {
        Scratch.Write(Path.GetRelativePath(Scratch.Folder, Partial), Content[..30_000]);
        Spoil((_, answer) => new HubAnswer(206, answer.Body, range is null ? [] : [("Content-Range", range)]));
        Pull();
        WeightsAreWhole();
    }

    [Fact]
    public void Range_that_the_server_refuses_begins_anew()
    {
        Scratch.Write(Path.GetRelativePath(Scratch.Folder, Partial), Content[..30_000]);
        Spoil((_, _) => HubAnswer.Text(416, ""));
        Pull();
        WeightsAreWhole();
    }

    [Fact]
    public void Connection_that_always_drops_at_one_place_ends_with_an_error_and_keeps_the_part()
    {
        Server.Instead = request => request.IsStore ? new HubAnswer(200, Content) { CutAfter = 30_000 } : null;
        string message = Refused();
        Assert.Contains($"org/tiny: {Weights}: ", message);
        Assert.Contains("gave up after 5 attempts", message);
        Assert.Contains("the same command goes on from there", message);
        Assert.Equal(30_000, new FileInfo(Partial).Length);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public void Busy_server_is_asked_again(int status)
    {
        var refused = new HashSet<string>();
        Server.Instead = request => refused.Add($"{request.Method} {request.Path}") ? HubAnswer.Text(status, "", ("Retry-After", "0")) : null;
        Pull();
        WeightsAreWhole();
        Assert.Contains(Told, told => told.Note?.Contains($"answers {status}", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void Busy_server_that_stays_busy_is_an_error_after_five_attempts()
    {
        Server.Instead = _ => HubAnswer.Text(503, "");
        Assert.Contains("127.0.0.1 answers 503 X; gave up after 5 attempts", Refused());
        Assert.Equal(5, Server.Requests.Count);
    }

    [Fact]
    public void Long_wait_that_the_server_asks_for_is_told_and_not_waited()
    {
        Server.Instead = _ => HubAnswer.Text(429, "", ("Retry-After", "3600"));
        Assert.Contains("answers 429 X, and asks to wait 3600 s", Refused());
        Assert.Single(Server.Requests);
    }

    [Fact]
    public void Server_that_falls_silent_is_asked_again()
    {
        var never = new TaskCompletionSource();
        Spoil((_, answer) => answer with { CutAfter = 30_000, Hold = never.Task });
        Pull(settings: Settings(timeout: 1));
        WeightsAreWhole();
        never.SetResult();
        Assert.Contains(Told, told => told.Note?.Contains("has sent nothing for 1 s", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void Server_that_is_not_there_is_an_error_that_names_it_and_the_settings()
    {
        HubSettings settings = Settings();
        Server.Dispose();
        string message = Refused(settings: settings);
        Assert.Contains("gave up after 5 attempts. Check the network, HF_ENDPOINT (http://127.0.0.1:", message);
        Assert.Contains("HTTPS_PROXY", message);
    }
}
