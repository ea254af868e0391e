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
    public void Kind_and_path_may_be_one_word()
    {
        JsonElement json = Hka.Run("data", "verify", "faces:?count=14&size=48", "--json").Succeeds().Json;
        Assert.Equal("faces", json.GetProperty("kind").GetString());
        Assert.Equal(14, json.GetProperty("splits").GetProperty("train").GetProperty("count").GetInt32());
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
    public void Published_counts_and_notes_stand_beside_what_was_found()
    {
        string folder = tiny.At("raf"), pictures = Path.Combine(folder, "Image", "aligned");
        Directory.CreateDirectory(pictures);
        Directory.CreateDirectory(Path.Combine(folder, "EmoLabel"));
        File.WriteAllText(Path.Combine(folder, "EmoLabel", "list_patition_label.txt"), "test_0001.jpg 4\ntest_0001.jpg 4\n");
        File.Copy(Path.Combine(tiny.Photos, "a.png"), Path.Combine(pictures, "test_0001_aligned.jpg"));
        string text = Hka.Run("data", "verify", "rafdb", folder).Succeeds().Out;
        Assert.Matches(@"(?m)^happiness\s+1\s+100\.0\s+1185$", text);
        Assert.Matches(@"(?m)^all\s+1\s+3068$", text);
        Assert.Contains("test: 'EmoLabel", text);
        JsonElement json = Hka.Run("data", "verify", "rafdb", folder, "--json").Succeeds().Json;
        Assert.Equal(680, json.GetProperty("splits").GetProperty("test").GetProperty("published_classes").GetProperty("neutral").GetInt32());
        Assert.Equal(1, json.GetProperty("notes").GetArrayLength());
    }

    [Fact]
    public void Unknown_kind_fails_with_the_nearest()
    {
        Hka.Outcome outcome = Hka.Run("data", "verify", "ferpluss", "/x");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("did you mean 'ferplus'?", outcome.Error);
    }

    [Fact]
    public void Duplicates_sizes_balance_and_doubts_are_told_and_stop_nothing()
    {
        string folder = Copies("warnings");
        JsonElement json = Hka.Run("data", "verify", "folder", folder, "--json").Succeeds().Json;
        JsonElement group = Assert.Single(json.GetProperty("duplicates").GetProperty("exact").EnumerateArray());
        Assert.True(group.GetProperty("across_splits").GetBoolean());
        Assert.True(group.GetProperty("different_labels").GetBoolean());
        Assert.Equal("anger", group.GetProperty("pictures")[0].GetProperty("label").GetString());
        Assert.Equal(48, json.GetProperty("sizes").GetProperty("width").GetProperty("median").GetInt32());
        Assert.Equal(1, json.GetProperty("balance").GetProperty("train").GetProperty("ratio").GetDouble());
        Assert.Equal("duplicate", json.GetProperty("label_noise")[0].GetProperty("reason").GetString());
        Assert.Equal(DatasetReportDefaults, json.GetProperty("duplicates").GetProperty("near_distance").GetInt32());
    }

    [Fact]
    public void People_get_short_tables()
    {
        string text = Hka.Run("data", "verify", "folder", Copies("tables")).Succeeds().Out;
        Assert.Contains("class\ttrain\t%\ttest\t%", text);
        Assert.Contains("happiness\t1\t50.0\t1\t100.0", text);
        Assert.Contains("exact (decoded pixels)\t1\t3\t1\t1", text);
        Assert.Contains("commonest 48 x 48", text);
    }

    [Fact]
    public void Fix_writes_a_list_and_touches_no_picture()
    {
        string folder = Copies("fixed"), list = tiny.At("exclude ä.txt");
        Hka.Outcome outcome = Hka.Run("data", "verify", "folder", folder, "--fix", list, "--json").Succeeds();
        Assert.Contains("2 pictures to leave out", outcome.Error);
        Assert.Equal(["fixed/train/anger/a.png", "fixed/train/happiness/a.png"], File.ReadLines(list).Where(l => !l.StartsWith('#')).Order());
        Assert.Equal(3, Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Count());

        // A second time over its own list, never over another file.
        Hka.Run("data", "verify", "folder", folder, "--fix", list).Succeeds();
        Hka.Outcome refused = Hka.Run("data", "verify", "folder", folder, "--fix", tiny.Recipe);
        Assert.Equal(1, refused.Code);
        Assert.Contains("choose another name", refused.Error);
        Assert.StartsWith("data:", File.ReadAllText(tiny.Recipe).TrimStart());
    }

    [Fact]
    public void Recipe_leaves_out_what_the_list_names()
    {
        string folder = Copies("excluded"), list = tiny.At("left out.txt");
        File.Copy(Path.Combine(tiny.Photos, "b.png"), Path.Combine(folder, "train", "anger", "b.png"));
        File.Copy(Path.Combine(tiny.Photos, "star*.png"), Path.Combine(folder, "train", "happiness", "c.png"));
        File.Copy(tiny.At("broken.png"), Path.Combine(folder, "train", "anger", "broken.png"));
        string[] train = ["train", tiny.Recipe, "--set", $"data.train=folder:{folder}", "--set", "training.epochs=1", "--quiet", "--out"];
        Hka.Outcome all = Hka.Run([.. train, tiny.At("with all")]);
        Assert.Equal(1, all.Code);
        Assert.Contains("broken.png", all.Error);

        // The unreadable picture, and both copies of the one that the test split has as well.
        Assert.Equal(1, Hka.Run("data", "verify", "folder", folder, "--fix", list).Code);
        Hka.Run([.. train, tiny.At("without some"), "--set", $"data.exclude={list}"]).Succeeds();
        JsonElement run = JsonDocument.Parse(File.ReadAllText(Path.Combine(tiny.At("without some"), "run.json"))).RootElement;
        Assert.EndsWith("(2 pictures)", run.GetProperty("train").GetString());
    }

    [Fact]
    public void Model_names_the_labels_that_it_contradicts()
    {
        string folder = Copies("judged");
        File.Copy(tiny.At("broken.png"), Path.Combine(folder, "train", "anger", "broken.png"));
        Hka.Outcome outcome = Hka.Run("data", "verify", "folder", folder, "--model", tiny.Adapter, "--json");
        Assert.Equal(1, outcome.Code);
        JsonElement[] judged = [.. outcome.Json.GetProperty("label_noise").EnumerateArray().Where(d => d.GetProperty("reason").GetString() == "model")];

        // One picture under two labels: a model cannot agree with both.
        Assert.NotEmpty(judged);
        Assert.All(judged, d => Assert.StartsWith("the model says", d.GetProperty("detail").GetString()));
        Assert.Equal(1, Hka.Run("data", "verify", "folder", folder, "--model", folder).Code);
    }

    [Theory]
    [InlineData("16")]
    [InlineData("-1")]
    [InlineData("few")]
    public void Impossible_distance_is_wrong_usage(string distance) =>
        Assert.Equal(2, Hka.Run("data", "verify", "faces", "?count=7", "--near", distance).Code);

    private const int DatasetReportDefaults = Data.DatasetReport.DefaultNearDistance;

    private string Copies(string name)
    {
        foreach (string to in (string[])["train/happiness", "train/anger", "test/happiness"])
        {
            Directory.CreateDirectory(Path.Combine(tiny.At(name), to));
            File.Copy(Path.Combine(tiny.Photos, "a.png"), Path.Combine(tiny.At(name), to, "a.png"));
        }

        return tiny.At(name);
    }
}
