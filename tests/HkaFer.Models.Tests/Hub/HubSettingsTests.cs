namespace HkaFer.Models.Tests;

/// <summary>The environment variables of the hub's own library.</summary>
public sealed class HubSettingsTests
{
    private static readonly string s_home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    [Theory]
    [InlineData("~/.cache/huggingface/hub", "~/.cache/huggingface/token")]
    [InlineData("/xdg/huggingface/hub", "/xdg/huggingface/token", "XDG_CACHE_HOME=/xdg")]
    [InlineData("/home/hf/hub", "/home/hf/token", "XDG_CACHE_HOME=/xdg", "HF_HOME=/home/hf")]
    [InlineData("/old", "/home/hf/token", "HF_HOME=/home/hf", "HUGGINGFACE_HUB_CACHE=/old")]
    [InlineData("/new", "/t", "HUGGINGFACE_HUB_CACHE=/old", "HF_HUB_CACHE=/new", "HF_TOKEN_PATH=/t")]
    [InlineData("~/models", "/data/token", "HF_HUB_CACHE=~/models", "ROOT=/data", "HF_HOME=${ROOT}")]
    [InlineData("/data/x", "~/.cache/huggingface/token", "HF_HUB_CACHE=$ROOT/x", "ROOT=/data", "HF_HOME=  ")]
    public void Cache_and_token_file_are_where_the_hubs_library_has_them(string cache, string token, params string[] environment)
    {
        HubSettings settings = Read(environment);
        Assert.Equal(cache.Replace("~", s_home, StringComparison.Ordinal), settings.Cache);
        Assert.Equal(token.Replace("~", s_home, StringComparison.Ordinal), settings.TokenFile);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true, "HF_HUB_OFFLINE=1")]
    [InlineData(true, "HF_HUB_OFFLINE=YES")]
    [InlineData(true, "TRANSFORMERS_OFFLINE=true")]
    [InlineData(false, "HF_HUB_OFFLINE=0", "TRANSFORMERS_OFFLINE=1")]
    [InlineData(false, "HF_HUB_OFFLINE=off")]
    public void Offline_is_what_the_switches_say(bool offline, params string[] environment) => Assert.Equal(offline, Read(environment).Offline);

    [Theory]
    [InlineData("https://huggingface.co/")]
    [InlineData("https://hf-mirror.com/", "HF_ENDPOINT=https://hf-mirror.com")]
    [InlineData("http://10.0.0.1:8080/hub/", "HF_ENDPOINT=http://10.0.0.1:8080/hub//")]
    public void Endpoint_is_the_hub_or_a_mirror(string endpoint, params string[] environment) => Assert.Equal(endpoint, Read(environment).Endpoint.ToString());

    [Theory]
    [InlineData("hf_a", "HF_TOKEN= hf_a\n")]
    [InlineData("hf_b", "HUGGING_FACE_HUB_TOKEN=hf_b")]
    [InlineData(null, "HF_TOKEN=hf_a", "HF_HUB_DISABLE_IMPLICIT_TOKEN=1")]
    public void Token_is_that_of_the_environment(string? token, params string[] environment) => Assert.Equal(token, Read([.. environment, "HF_TOKEN_PATH=/none"]).ReadToken());

    [Fact]
    public void Timeouts_are_seconds()
    {
        HubSettings settings = Read("HF_HUB_DOWNLOAD_TIMEOUT=30", "HF_HUB_ETAG_TIMEOUT=5");
        Assert.Equal((30.0, 5.0), (settings.DownloadTimeout.TotalSeconds, settings.AnswerTimeout.TotalSeconds));
    }

    [Theory]
    [InlineData("HF_HUB_OFFLINE", "maybe")]
    [InlineData("HF_ENDPOINT", "huggingface.co")]
    [InlineData("HF_ENDPOINT", "file:///etc")]
    [InlineData("HF_ENDPOINT", "https://name:secret@hub")]
    [InlineData("HF_HUB_DOWNLOAD_TIMEOUT", "0")]
    [InlineData("HF_HUB_DOWNLOAD_TIMEOUT", "soon")]
    public void Value_that_cannot_be_is_named(string name, string value) =>
        Assert.StartsWith($"{name} is '{value}'", Assert.Throws<HkaFerException>(() => Read($"{name}={value}")).Message);

    [Theory]
    [InlineData("facebook/dinov2-small", "facebook/dinov2-small", "main")]
    [InlineData("org/a.b_c-1@refs/pr/12", "org/a.b_c-1", "refs/pr/12")]
    [InlineData("org/x@v1.0", "org/x", "v1.0")]
    public void Id_has_a_name_and_a_revision(string text, string id, string revision) => Assert.Equal(new HubName(id, revision), HubName.Parse(text));

    [Theory]
    [InlineData("gpt2")]
    [InlineData("../x")]
    [InlineData("a/b/c")]
    [InlineData("a/..")]
    [InlineData("a--b/c")]
    [InlineData("a/b..c")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData(".a/b")]
    [InlineData("a/b.git")]
    [InlineData("a/b@")]
    [InlineData("a/b@../../x")]
    [InlineData("a/b@x//y")]
    [InlineData("a/b@/x")]
    [InlineData("a/b@x\\y")]
    [InlineData("a/b\n")]
    [InlineData("a/b@x\n")]
    [InlineData("C:\\a")]
    [InlineData("https://huggingface.co/facebook/dinov2-small")]
    [InlineData("a b/c")]
    public void Text_that_is_no_id_is_refused(string text)
    {
        Assert.Contains("is no id of the hub; expected organization/name", Assert.Throws<HkaFerException>(() => HubName.Parse(text)).Message);
        Assert.False(Hub.IsId(text));
    }

    private static HubSettings Read(params string[] environment) => HubSettings.Read(
        name => environment.FirstOrDefault(entry => entry.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..]);
}
