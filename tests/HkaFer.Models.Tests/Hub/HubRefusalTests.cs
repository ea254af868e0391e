using System.Net;
using HkaFer.Testing;

namespace HkaFer.Models.Tests;

/// <summary>What the hub refuses, what is refused of it, and who sees the token.</summary>
public sealed class HubRefusalTests : HubTest
{
    [Fact]
    public void Private_repository_without_a_token_says_how_to_give_one()
    {
        Server.Token = "hf_right";
        string message = Refused(settings: Settings(tokenFile: Scratch["token"]));
        Assert.Contains("org/tiny: the server answers 401 (Invalid username or password.)", message);
        Assert.Contains($"make one at {Server.Endpoint}settings/tokens and set HF_TOKEN to it, or write it to {Scratch["token"]}", message);
    }

    [Fact]
    public void Token_is_taken_from_the_setting_or_the_file_and_never_shown()
    {
        Server.Token = "hf_right";
        Pull(settings: Settings(token: "hf_right"));
        Scratch.Write("token", "hf_right\n");
        Pull(settings: Settings(tokenFile: Scratch["token"]));
        Scratch.Write("token", "hf_wrong\n");
        string message = Refused(settings: Settings(tokenFile: Scratch["token"]));
        Assert.Contains($"to the token of {Scratch["token"]}", message);
        Assert.DoesNotContain("hf_wrong", message);
        Assert.DoesNotContain("hf_right", Settings(token: "hf_right").ToString());
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("bröken")]
    [InlineData("line\r\nX-Injected: 1")]
    public void Token_that_is_none_is_refused_unshown(string token)
    {
        string message = Refused(settings: Settings(token: token));
        Assert.Contains("HF_TOKEN: holds no access token", message);
        Assert.DoesNotContain(token, message);
        Assert.Empty(Server.Requests);
    }

    [Fact]
    public void Token_goes_to_the_hub_alone_and_not_to_where_large_files_lie()
    {
        Server.Token = "hf_right";
        Pull(settings: Settings(token: "hf_right"));
        Assert.All(Server.Requests, request => Assert.Equal(request.IsStore ? null : "Bearer hf_right", request["Authorization"]));
        Assert.Contains(Server.Requests, request => request.IsStore);

        // Small files pass through a redirect at the hub itself, where it stays.
        Assert.Contains(Server.Requests, request => request.Path.StartsWith("/api/resolve-cache/", StringComparison.Ordinal));
    }

    [Fact]
    public void Token_is_not_given_again_to_a_hub_to_which_another_place_leads_back()
    {
        using HubServer other = HubServer.WithModel();
        Server.Instead = request => request.Method == "GET" && request.Path.StartsWith("/org/tiny/resolve/", StringComparison.Ordinal)
            ? HubAnswer.Text(302, "", ("Location", $"{other.Endpoint}there")) : null;
        other.Instead = _ => HubAnswer.Text(302, "", ("Location", $"{Server.Endpoint}back"));
        Refused(settings: Settings(token: "hf_right"));
        Assert.All(other.Requests, request => Assert.Null(request["Authorization"]));
        Assert.Null(Server.Requests.First(request => request.Path == "/back")["Authorization"]);
    }

    [Fact]
    public void Redirect_without_encryption_is_not_followed()
    {
        var asked = new List<Uri>();
        var settings = new HubSettings
        {
            Cache = Scratch["hub"],
            Endpoint = new Uri("https://hub.example/"),
            Token = "hf_right",
            Handler = new Answers(request =>
            {
                asked.Add(request.RequestUri!);
                return new HttpResponseMessage(HttpStatusCode.Found) { Headers = { Location = new Uri("http://hub.example/plain") } };
            }),
        };
        Assert.Contains("hub.example: redirects to http://hub.example, without encryption", Refused(settings: settings));
        Assert.Equal(["https://hub.example/api/models/org/tiny/revision/main"], asked.Select(uri => uri.ToString()));
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://127.0.0.1/x")]
    public void Redirect_to_what_is_no_web_address_is_refused(string location)
    {
        Server.Instead = _ => HubAnswer.Text(302, "", ("Location", location));
        Assert.Contains("which is no address", Refused());
    }

    [Fact]
    public void Redirects_in_a_circle_end()
    {
        Server.Instead = _ => HubAnswer.Text(302, "", ("Location", "/again"));
        Assert.Contains("redirects more than 10 times", Refused());
    }

    [Fact]
    public void Unknown_repository_is_named_with_the_nearest_known_one()
    {
        Assert.Contains("there is no such repository, or it is private or gated and needs a token; did you mean 'facebook/dinov2-small'?", Refused("facebook/dinov2-smal"));
        string message = Refused("facebook/dinov2-smal", Settings(token: "hf_right"));
        Assert.Contains($"facebook/dinov2-smal: there is no such repository at {Server.Endpoint}; did you mean 'facebook/dinov2-small'?", message);
    }

    [Fact]
    public void Unknown_revision_is_named_with_those_that_there_are() =>
        Assert.Contains("org/tiny: has no revision 'mian'; did you mean 'main'? Known: main, refs/pr/1", Refused("org/tiny@mian"));

    [Fact]
    public void Gated_repository_says_where_to_ask()
    {
        Server.Instead = _ => HubAnswer.Text(403, "", ("X-Error-Code", "GatedRepo"), ("X-Error-Message", "Access to model org/tiny is restricted"));
        string message = Refused();
        Assert.Contains("org/tiny: is gated (the server answers 403 (Access to model org/tiny is restricted))", message);
        Assert.Contains($"ask for access at {Server.Endpoint}org/tiny", message);
    }

    [Fact]
    public void Text_of_the_server_cannot_write_on_the_terminal()
    {
        Server.Instead = _ => HubAnswer.Text(418, "", ("X-Error-Message", $"\u001b[2J{new string('x', 5000)}"));
        string message = Refused();
        Assert.DoesNotContain('\u001b', message);
        Assert.True(message.Length < 1000, message);
    }

    [Fact]
    public void Repository_without_safetensors_names_the_remedy()
    {
        Server.Files.Remove(Weights);
        Server.Files["pytorch_model.bin"] = Server.Files["flax_model.msgpack"] = [1];
        string message = Refused();
        Assert.Contains("org/tiny: has no model.safetensors (but flax_model.msgpack, pytorch_model.bin)", message);
        Assert.Contains("--revision refs/pr/N", message);
        Assert.Contains("convert it with the transformers library", message);
        Assert.DoesNotContain(Server.Requests, request => request.Path.Contains("/resolve/", StringComparison.Ordinal));
    }

    [Fact]
    public void Repository_without_config_is_refused()
    {
        Server.Files.Remove(Config);
        Assert.Contains("org/tiny: has no config.json", Refused());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Wrong_content_leaves_nothing_in_place(bool chunked)
    {
        byte[] wrong = HubServer.Noise(Content.Length, seed: 3);
        Server.Instead = request => request.IsStore ? new HubAnswer(200, wrong) { Declared = chunked ? -1 : null } : null;
        string message = Refused();
        Assert.Contains($"org/tiny: {Weights} has the checksum {HubServer.Sha256(wrong)}; expected {HubServer.Sha256(Content)}. Nothing of it was kept", message);
        NothingKept();
        Assert.Single(Server.Fetches(Weights));
    }

    [Fact]
    public void Wrong_content_of_a_small_file_leaves_nothing_in_place()
    {
        Server.Instead = request => request.Fetches(Config) ? new HubAnswer(200, "{\"model_type\": \"dinovX\"}"u8.ToArray()) : null;
        Assert.Contains($"{Config} has the checksum", Refused());
        Assert.False(Path.Exists(Path.Combine(SnapshotFolder, Config)));
        Assert.False(File.Exists(Path.Combine(Folder, "refs", "main")));
    }

    [Theory]
    [InlineData(99_999)]
    [InlineData(100_001)]
    [InlineData(0)]
    public void Length_other_than_the_declared_one_is_refused_before_anything_is_written(int length)
    {
        Scratch.Write(Path.GetRelativePath(Scratch.Folder, Partial), Content[..30_000]);
        Server.Instead = request => request.IsStore ? new HubAnswer(200, HubServer.Noise(length)) : null;
        Assert.Contains($"the server sends {length:N0} bytes for {Weights}, and declared 100,000", Refused());

        // A page to sign in has not cost what was fetched before.
        Assert.Equal(Content[..30_000], File.ReadAllBytes(Partial));
    }

    [Fact]
    public void Content_beyond_the_declared_length_is_refused_and_nothing_kept()
    {
        Server.Instead = request => request.IsStore ? new HubAnswer(200, [.. Content, 1]) { Declared = -1 } : null;
        Assert.Contains($"{Weights} is longer than the 100,000 bytes that were declared", Refused());
        NothingKept();
    }

    [Theory]
    [InlineData("\"0123\"")]
    [InlineData("\"../../../../evil0000000000000000000000000\"")]
    [InlineData("")]
    public void File_without_a_checksum_is_refused(string tag)
    {
        Server.Instead = request => request.Method == "HEAD" ? HubAnswer.Text(200, "", ("ETag", tag)) : null;
        Assert.Contains($"the server names no checksum for {Config}", Refused());
        Assert.False(Directory.Exists(Path.Combine(Folder, "blobs")));
    }

    [Fact]
    public void Text_file_of_gigabytes_is_refused_unfetched()
    {
        Server.Instead = request => request.Method == "HEAD"
            ? HubAnswer.Text(302, "", ("Location", "/x"), ("X-Linked-Etag", new string('1', 64)), ("X-Linked-Size", "5000000000")) : null;
        Assert.Contains($"{Config} is 5,000,000,000 bytes long; expected at most", Refused());
    }

    [Fact]
    public void Length_that_no_file_has_is_refused()
    {
        Server.Instead = request => request.Method == "HEAD" && request.Path.EndsWith(Weights, StringComparison.Ordinal)
            ? HubAnswer.Text(302, "", ("Location", "/x"), ("X-Linked-Etag", new string('1', 64)), ("X-Linked-Size", "9000000000000000000")) : null;
        Assert.Contains("9,000,000,000,000,000,000 bytes long; expected at most", Refused());
    }

    [Fact]
    public void Model_larger_than_the_disk_is_refused_unfetched()
    {
        Server.Instead = request => request.Method == "HEAD" && request.Path.EndsWith(Weights, StringComparison.Ordinal)
            ? HubAnswer.Text(302, "", ("Location", "/x"), ("X-Linked-Etag", new string('1', 64)), ("X-Linked-Size", "1000000000000000")) : null;
        Assert.Contains("org/tiny needs 1,000,000,000,000,024 more; make room, or name another cache", Refused());
    }

    [Fact]
    public void Length_that_nobody_declares_is_refused()
    {
        Server.Instead = request => request.Path.EndsWith(Weights, StringComparison.Ordinal) && request.Method == "HEAD"
                ? HubAnswer.Text(302, "", ("Location", "/x"), ("X-Linked-Etag", HubServer.Sha256(Content)))
            : request.IsStore ? new HubAnswer(200, Content) { Declared = -1 } : null;
        Assert.Contains($"the server does not say how long {Weights} is", Refused());
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("/etc/x")]
    [InlineData("C:\\x")]
    [InlineData("C:x")]
    [InlineData("a\\x")]
    [InlineData("a\0x")]
    [InlineData("")]
    [InlineData("a//x")]
    [InlineData(".")]
    public void Listed_name_that_leaves_the_cache_is_refused(string name)
    {
        Server.Files[name] = [1];
        Assert.Contains("which would leave the cache; nothing was fetched", Refused());
        Assert.False(Directory.Exists(Scratch["hub"]));
    }

    [Theory]
    [InlineData("<html>sign in</html>")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"sha\": \"../../../evil\", \"siblings\": []}")]
    [InlineData("{\"sha\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", \"siblings\": [{}]}")]
    [InlineData("{\"sha\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", \"siblings\": [{\"rfilename\": \"\\ud800\"}]}")]
    public void Answer_that_is_none_of_the_hubs_is_refused(string json)
    {
        Server.Instead = _ => HubAnswer.Text(200, json);
        Assert.Contains("the server's answer is none of the hub's", Refused());
    }

    [Fact]
    public void Answer_without_end_and_answer_without_bottom_are_refused()
    {
        Server.Instead = _ => new HubAnswer(200, new byte[17 << 20]) { Declared = -1 };
        Assert.Contains("answers with more than 16 MiB", Refused());
        Server.Instead = _ => HubAnswer.Text(200, new string('[', 100_000));
        Assert.Contains("the server's answer is none of the hub's", Refused());
    }

    private sealed class Answers(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(answer(request));
    }
}
