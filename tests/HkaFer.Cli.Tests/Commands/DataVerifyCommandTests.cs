using System.Text.Json;

namespace HkaFer.Cli.Tests.Commands;

public sealed class DataVerifyCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Fact]
    public void Generated_faces_are_counted_by_split_and_class()
    {
        JsonElement json = Hka.Run("data", "verify", "faces", "?count=14&size=48", "--json").Succeeds().Json;
        Assert.Equal("faces", json.GetProperty("kind").GetString());
        JsonElement train = json.GetProperty("splits").GetProperty("train");
        Assert.Equal(14, train.GetProperty("count").GetInt32());
        Assert.Equal(2, train.GetProperty("classes").GetProperty("happiness").GetInt32());
        Assert.Equal(0, json.GetProperty("problems").GetArrayLength());
    }

    [Fact]
    public void Broken_picture_is_named_and_fails_after_a_whole_document()
    {
        string folder = tiny.At("set");
        foreach (string name in (string[])["train/happiness", "train/anger"])
        {
            Directory.CreateDirectory(Path.Combine(folder, name));
            File.Copy(Path.Combine(tiny.Photos, "a.png"), Path.Combine(folder, name, "ok.png"));
        }

        string broken = Path.Combine(folder, "train", "anger", "zz broken.png");
        File.Copy(tiny.At("broken.png"), broken);
        Hka.Outcome outcome = Hka.Run("data", "verify", "folder", folder, "--json");
        Assert.Equal(1, outcome.Code);
        JsonElement problem = Assert.Single(outcome.Json.GetProperty("problems").EnumerateArray());
        Assert.Equal(broken, problem.GetProperty("path").GetString());
        Assert.Contains("HTML", problem.GetProperty("problem").GetString());
        Assert.Contains("1 problem", outcome.Error);
    }

    [Fact]
    public void Unknown_kind_fails_with_the_nearest()
    {
        Hka.Outcome outcome = Hka.Run("data", "verify", "ferpluss", "/x");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("did you mean 'ferplus'?", outcome.Error);
    }
}
