using System.Text.Json;
using System.Xml.Linq;
using HkaFer.Data;
using HkaFer.Testing;

namespace HkaFer.Cli.Tests.Commands;

public sealed class ExplainCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Fact]
    public void Every_picture_gets_its_maps_and_a_row_of_the_sheet()
    {
        string folder = tiny.At("maps ü");
        JsonElement json = Hka.Run("explain", tiny.Adapter, tiny.Photos, "--out", folder, "--method", "all", "--size", "64", "--json", "--quiet").Succeeds().Json;
        JsonElement[] pictures = [.. json.GetProperty("pictures").EnumerateArray()];
        Assert.Equal(5, pictures.Length);
        Assert.Equal("encoder.layer.1.attention.attention.qkv", json.GetProperty("layer").GetString());
        foreach (JsonElement picture in pictures)
        {
            // Three maps of the picture, three times four of adapters.
            JsonElement[] maps = [.. picture.GetProperty("maps").EnumerateArray()];
            Assert.Equal(15, maps.Length);
            Assert.Equal(picture.GetProperty("label").GetString(), picture.GetProperty("class").GetString());
            Assert.All(maps, map =>
            {
                Image drawn = Image.Decode(map.GetProperty("written").GetString()!);
                Assert.Equal((64, 64), (drawn.Width, drawn.Height));
                Assert.Equal(16, map.GetProperty("values").GetArrayLength());
                Assert.All(map.GetProperty("values").EnumerateArray(), value => Assert.InRange(value.GetDouble(), 0, 1.0001));
            });
        }

        Assert.True(File.Exists(Path.Combine(folder, "a.adapters-4.png")));
        Assert.Equal(5 * 16, Images(json.GetProperty("sheet").GetString()!));

        // Again into the same place, and for a class that was asked for.
        Hka.Outcome again = Hka.Run("explain", tiny.Adapter, tiny.At("photos/a.png"), "--out", folder, "--class", "fear").Succeeds();
        Assert.Contains("Grad-CAM\t", again.Out.Replace(" for fear", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Pictures_of_one_name_do_not_overwrite_each_other()
    {
        Directory.CreateDirectory(tiny.At("other"));
        File.Copy(tiny.At("photos/b.png"), tiny.At("other/a.png"), overwrite: true);
        Hka.Run("explain", tiny.Adapter, tiny.At("photos/a.png"), tiny.At("other/a.png"), "--out", tiny.At("same")).Succeeds();
        Assert.True(File.Exists(tiny.At("same/a.gradcam.png")) && File.Exists(tiny.At("same/a-2.gradcam.png")));
    }

    [Fact]
    public void Unreadable_picture_has_its_error_in_its_place_and_the_others_their_maps()
    {
        Hka.Outcome outcome = Hka.Run("explain", tiny.Adapter, tiny.At("broken.png"), tiny.At("photos/a.png"), "--out", tiny.At("some"), "--json");
        Assert.Equal(1, outcome.Code);
        JsonElement pictures = outcome.Json.GetProperty("pictures");
        Assert.Contains("broken.png", pictures[0].GetProperty("error").GetString());
        Assert.True(File.Exists(pictures[1].GetProperty("maps")[0].GetProperty("written").GetString()));
    }

    [Fact]
    public void Sheet_of_classes_has_a_column_a_class()
    {
        JsonElement json = Hka.Run("explain", tiny.Adapter, "--data", "faces:?count=21&size=48", "--split", "train", "--out", tiny.At("classes"), "--method", "adapters", "--json").Succeeds().Json;
        Assert.Equal(Expressions.Names.Take(7), json.GetProperty("pictures").EnumerateArray().Select(p => p.GetProperty("class").GetString()));
        Assert.Equal(7 * 5, Images(json.GetProperty("sheet").GetString()!));
    }

    [Fact]
    public void Plane_has_a_point_a_picture_and_a_second_run_gives_the_same_files()
    {
        string[] args = ["explain", tiny.Adapter, "--data", "faces:?count=70&size=48", "--split", "train", "--tsne", "--limit", "30", "--perplexity", "5", "--out", tiny.At("plane"), "--json"];
        JsonElement json = Hka.Run(args).Succeeds().Json;
        Assert.Equal((30, 70), (json.GetProperty("count").GetInt32(), json.GetProperty("of").GetInt32()));
        string table = json.GetProperty("points").GetString()!, drawing = json.GetProperty("written").GetString()!;
        Assert.Equal("path,x,y,truth,label", File.ReadLines(table).First());
        Assert.Equal(31, File.ReadAllLines(table).Length);

        // The points, the seven of the legend and the hollow one.
        XElement svg = XDocument.Load(drawing).Root!;
        Assert.InRange(svg.Descendants().Count(e => ((string?)e.Attribute("class"))?.StartsWith("p k", StringComparison.Ordinal) == true), 37, 38);
        byte[] before = File.ReadAllBytes(drawing);
        Hka.Run(args).Succeeds();
        Assert.Equal(before, File.ReadAllBytes(drawing));
    }

    [Fact]
    public void Run_alone_gets_sections_in_its_report_that_stay_when_it_is_made_again()
    {
        string run = tiny.At("explained run");
        Hka.Run("train", tiny.Recipe, "--out", run, "--set", "training.epochs=1", "--quiet").Succeeds();
        Assert.DoesNotContain("What the model looks at", File.ReadAllText(Path.Combine(run, "report.html")));
        JsonElement json = Hka.Run("explain", run, "--limit", "10", "--json").Succeeds().Json;
        string report = json.GetProperty("report").GetString()!;
        foreach (int _ in Enumerable.Range(0, 2))
        {
            string page = File.ReadAllText(report);
            Assert.Contains("What the model looks at", page);
            Assert.Contains("Features in a plane", page);
            Assert.Contains("attention rollout", page);
            Hka.Run("runs", "report", run).Succeeds();
        }
    }

    [Theory]
    [InlineData("name some, or the run alone", "{adapter}", "--method", "gradcam")]
    [InlineData("--out DIR is missing", "{adapter}", "{photos}")]
    [InlineData("leave one of them out", "{adapter}", "{photos}", "--data", "faces:", "--out", "x")]
    [InlineData("--tsne needs --data", "{adapter}", "{photos}", "--tsne", "--out", "x")]
    [InlineData("--method belongs to maps", "{adapter}", "--data", "faces:", "--tsne", "--method", "rollout", "--out", "x")]
    [InlineData("--seed belongs to --tsne", "{adapter}", "{photos}", "--seed", "2", "--out", "x")]
    [InlineData("--split belongs to --data", "{adapter}", "{photos}", "--split", "test", "--out", "x")]
    [InlineData("--class belongs to pictures", "{adapter}", "--data", "faces:", "--class", "fear", "--out", "x")]
    [InlineData("whose pictures are read", "{adapter}", "{photos}", "--out", "{photos/maps}")]
    [InlineData("has no report", "{adapter}")]
    [InlineData("did you mean 'gradcam'", "{adapter}", "{photos}", "--method", "gradcamm", "--out", "x")]
    public void Options_that_do_not_go_together_are_wrong_usage(string message, params string[] args)
    {
        Hka.Outcome outcome = Hka.Run(["explain", .. args.Select(a => a.StartsWith('{') ? tiny.At(a[1..^1]) : a)]);
        Assert.Contains(message, outcome.Error);
        Assert.Equal(2, outcome.Code);
        Assert.False(Directory.Exists("x"));
    }

    [Theory]
    [InlineData("no class 'joy'", "--class", "joy")]
    [InlineData("blocks 1 to 2", "--block", "3")]
    public void What_the_model_has_not_is_named_before_anything_is_written(string message, params string[] more)
    {
        Hka.Outcome outcome = Hka.Run(["explain", tiny.Adapter, tiny.Photos, "--out", tiny.At("never"), .. more]);
        Assert.Equal(1, outcome.Code);
        Assert.Contains(message, outcome.Error);
        Assert.False(Directory.Exists(tiny.At("never")));
    }

    [Fact]
    public void Clip_checkpoint_as_it_is_can_be_looked_into()
    {
        using var scratch = new Scratch();
        JsonElement json = Hka.Run("explain", TinyClip.Write(scratch), tiny.At("photos/a.png"), "--out", scratch["maps"], "--method", "all", "--json").Succeeds().Json;
        Assert.Equal(3, json.GetProperty("pictures")[0].GetProperty("maps").GetArrayLength());
        Assert.Contains("needs a HeKA or HoKA model", Hka.Run("explain", scratch["clip"], tiny.At("photos/a.png"), "--out", scratch["maps"], "--method", "routers").Error);
    }

    private static int Images(string svg) => XDocument.Load(svg).Root!.Descendants().Count(e => e.Name.LocalName == "image");
}
