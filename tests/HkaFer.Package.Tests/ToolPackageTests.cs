using System.Text.Json;

namespace HkaFer.Package.Tests;

/// <summary>The package <c>HkaFer.Tool</c>, installed as a user would.</summary>
[Collection(nameof(Feed))]
public sealed class ToolPackageTests(Feed feed)
{
    [Fact]
    public void Tool_installs_as_hkafer_and_runs()
    {
        Dotnet.Run(feed.Folder, "tool", "install", "HkaFer.Tool", "--tool-path", "tools", "-v", "q");
        string hkafer = Path.Combine(feed.Folder, "tools", "hkafer");
        Assert.NotEmpty(Json(hkafer, "doctor").GetProperty("cpu").GetString()!);
        Assert.Equal(1_751_136, Json(hkafer, "params", "dinov2-large", "--method", "heka")[0].GetProperty("adapter").GetInt64());

        // Backbone and recipes came along and are found from any folder. A recipe that was not found would be another error.
        Assert.Contains("no folder 'nothing'", Dotnet.Fail(hkafer, feed.Folder, "train", "quickstart", "--set", "data.train=folder:nothing"));

    }

    private JsonElement Json(string program, params string[] args) =>
        JsonDocument.Parse(Dotnet.Succeed(program, feed.Folder, [.. args, "--json"])).RootElement;
}
