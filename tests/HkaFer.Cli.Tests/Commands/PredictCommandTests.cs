using System.Globalization;
using System.Text.Json;
using HkaFer.Data;

namespace HkaFer.Cli.Tests.Commands;

public sealed class PredictCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Fact]
    public void Prediction_has_a_label_and_probabilities_that_sum_to_one()
    {
        JsonElement item = Predict(Photo("a.png")).Succeeds().Json[0];
        Dictionary<string, double> probabilities =
            item.GetProperty("probabilities").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetDouble());
        Assert.Equal(Photo("a.png"), item.GetProperty("path").GetString());
        Assert.Equal([.. Expressions.Names.Take(7)], probabilities.Keys);
        Assert.Equal(1, probabilities.Values.Sum(), 1e-5);
        Assert.Equal(probabilities.MaxBy(p => p.Value).Key, item.GetProperty("label").GetString());
    }

    [Fact]
    public void Name_with_a_tab_or_a_line_end_keeps_its_row()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "has no such names");
        string path = tiny.At("one\ttwo\nthree.png");
        File.Copy(Photo("a.png"), path);
        string[] lines = Hka.Run("predict", tiny.Adapter, path).Succeeds().Out.TrimEnd().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.Equal(lines[0].Count(c => c == '\t'), lines[1].Count(c => c == '\t'));
        Assert.StartsWith(tiny.At("one\\ttwo\\nthree.png"), lines[1]);
        Assert.Equal(path, Predict(path).Succeeds().Json[0].GetProperty("path").GetString());
    }

    [Fact]
    public void Order_is_the_inputs_whatever_the_batch()
    {
        string[] inputs = [Photo("b.png"), Photo("a.png"), Photo("deeper/c ü 顔.PNG"), Photo("b.png"), Photo("a.png")];
        JsonElement wide = Predict(inputs).Succeeds().Json;
        Assert.Equal(inputs, Paths(wide));
        JsonElement narrow = Predict([.. inputs, "--batch", "2"]).Succeeds().Json;
        Assert.Equal(Labels(wide), Labels(narrow));
        SameProbabilities(wide[0], wide[3]);
    }

    [Fact]
    public void Unreadable_inputs_have_their_error_in_their_place_and_the_others_are_done()
    {
        Hka.Outcome outcome = Predict(
            tiny.At("broken.png"), Photo("a.png"), tiny.At("missing.png"), Photo("b.png"), tiny.At("nothing*.png"));
        Assert.Equal(1, outcome.Code);
        JsonElement[] items = [.. outcome.Json.EnumerateArray()];
        Assert.Equal([true, false, true, false, true], items.Select(i => i.TryGetProperty("error", out _)));
        Assert.Contains("HTML", items[0].GetProperty("error").GetString());
        Assert.All(items.Where(i => i.TryGetProperty("error", out _)), i => Assert.DoesNotContain(i.GetProperty("path").GetString()!, i.GetProperty("error").GetString()));
        Assert.False(items[0].TryGetProperty("label", out _));
        Assert.Contains("nothing matches", items[4].GetProperty("error").GetString());
        Assert.Contains("3 of 5", outcome.Error);

        // The neighbours of a bad picture get what they would get alone.
        SameProbabilities(Predict(Photo("b.png")).Json[0], items[3]);
    }

    [Fact]
    public void Folder_gives_its_pictures_and_those_below_by_name_without_hidden_ones() =>
        Assert.Equal(
            [Photo("-dash.png"), Photo("a.png"), Photo("b.png"), Photo("deeper/c ü 顔.PNG"), Photo("star*.png")],
            Paths(Predict(tiny.Photos).Succeeds().Json));

    [Theory]
    [InlineData("?.png", "a.png", "b.png")]
    [InlineData("deeper/*", "deeper/c ü 顔.PNG")]
    [InlineData("**/*ü*", "deeper/c ü 顔.PNG")]
    [InlineData("star*.png", "star*.png")]
    public void Patterns_are_expanded_and_a_file_of_that_name_goes_first(string pattern, params string[] expected) =>
        Assert.Equal(expected.Select(Photo), Paths(Predict(Photo(pattern)).Succeeds().Json));

    [Fact]
    public void Empty_folder_and_text_are_errors_of_their_own()
    {
        Directory.CreateDirectory(tiny.At("empty"));
        Hka.Outcome outcome = Predict(tiny.At("empty"), Photo("notes.txt"));
        Assert.Equal(1, outcome.Code);
        Assert.Contains("holds no picture", outcome.Json[0].GetProperty("error").GetString());
        Assert.Contains("got text", outcome.Json[1].GetProperty("error").GetString());
    }

    [Fact]
    public void Files_of_a_folder_that_are_no_pictures_by_their_names_are_counted()
    {
        string album = tiny.At("an album");
        Directory.CreateDirectory(album);
        File.Copy(Photo("a.png"), Path.Combine(album, "a.png"), overwrite: true);
        File.Copy(Photo("a.png"), Path.Combine(album, "IMG_1.HEIC"), overwrite: true);
        File.Copy(Photo("a.png"), Path.Combine(album, "IMG_2.HEIC"), overwrite: true);
        Hka.Outcome outcome = Hka.Run("predict", tiny.Adapter, album, "--json").Succeeds();
        Assert.Equal(1, outcome.Json.GetArrayLength());
        Assert.Contains("2 files are no .png, .jpg, .jpeg, .jfif, .webp and left out, the first is", outcome.Error);
        Assert.Contains("IMG_1.HEIC", outcome.Error);
        Assert.Equal(1, Hka.Run("predict", tiny.Adapter, Path.Combine(album, "IMG_1.HEIC"), "--json").Succeeds().Json.GetArrayLength());
    }

    [Fact]
    public void Csv_has_a_column_for_each_class_and_quotes_what_needs_it()
    {
        string odd = tiny.At("with, comma \"and\" quote.png");
        File.Copy(Photo("a.png"), odd, overwrite: true);
        Hka.Outcome outcome = Hka.Run("predict", tiny.Adapter, odd, tiny.At("missing.png"), "--format", "csv");
        string[] lines = outcome.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(1, outcome.Code);
        Assert.Equal($"path,label,{string.Join(',', Expressions.Names.Take(7))},error", lines[0]);
        Assert.StartsWith($"\"{odd.Replace("\"", "\"\"")}\",", lines[1]);
        Assert.Equal(1, lines[1].Split(',')[^8..^1].Sum(p => double.Parse(p, CultureInfo.InvariantCulture)), 1e-5);
        Assert.StartsWith($"{tiny.At("missing.png")},,,,,,,,,", lines[2]);
    }

    [Fact]
    public void Lines_for_programs_have_tabs()
    {
        string[] lines = Hka.Run("predict", tiny.Adapter, Photo("a.png")).Succeeds().Out.TrimEnd().Split('\n');
        Assert.Equal("path\tlabel\tconfidence", lines[0].TrimEnd());
        Assert.Equal(Photo("a.png"), lines[1].Split('\t')[0]);
    }

    [Fact]
    public void Name_with_a_dash_comes_after_two_dashes()
    {
        string here = Directory.GetCurrentDirectory();
        Hka.Outcome outcome = Hka.Run(
            "predict", "--json", tiny.Adapter, "--", Path.GetRelativePath(here, Photo("-dash.png")), "-missing.png");
        Assert.Equal(1, outcome.Code);
        Assert.Equal([false, true], outcome.Json.EnumerateArray().Select(i => i.TryGetProperty("error", out _)));
    }

    [Fact]
    public void Model_alone_and_no_model_say_what_to_do()
    {
        Hka.Outcome alone = Hka.Run("predict", tiny.Adapter);
        Assert.Equal(2, alone.Code);
        Assert.Contains("name pictures after it", alone.Error);
        Assert.SkipWhen(ModelArgument.InTheBox is not null, "this build has a model in the box");
        Hka.Outcome none = Hka.Run("predict", Photo("a.png"));
        Assert.Equal(1, none.Code);
        Assert.Contains("hkafer train RECIPE", none.Error);
    }

    [Fact]
    public void Without_a_model_the_one_in_the_box_names_expressions()
    {
        Assert.SkipWhen(ModelArgument.InTheBox is null, "this build has no model in the box");
        JsonElement row = Assert.Single(Hka.Run("predict", Photo("a.png"), "--json").Succeeds().Json.EnumerateArray());
        Assert.Equal(Data.Expressions.Names, row.GetProperty("probabilities").EnumerateObject().Select(p => p.Name));
        Hka.Outcome eval = Hka.Run("eval", "--data", "faces:?count=7&size=48", "--split", "valid", "--json").Succeeds();
        Assert.Equal((7, "supervised"), (eval.Json.GetProperty("count").GetInt32(), eval.Json.GetProperty("model").GetString()));
        Assert.Contains("model: supervised, the one in the box", eval.Error);
    }

    [Fact]
    public void Model_in_the_box_has_a_name_that_stands_for_it()
    {
        Assert.SkipWhen(ModelArgument.InTheBox is null, "this build has no model in the box");
        Hka.Outcome named = Hka.Run("predict", "supervised", Photo("a.png"), "--json").Succeeds();
        Assert.Equal(Hka.Run("predict", Photo("a.png"), "--json").Succeeds().Json.GetRawText(), named.Json.GetRawText());
        Assert.DoesNotContain("the one in the box", named.Error);
        string onnx = tiny.At("supervised.onnx");
        Hka.Run("convert", "supervised", onnx).Succeeds();
        Assert.True(File.Exists(onnx));

        // It is a backbone too.
        Hka.Run("convert", "supervised", tiny.At("supervised-half"), "--format", "checkpoint", "--dtype", "float16").Succeeds();
        Assert.Contains("hkafer pretrain", Hka.Run("train", "cer-base").Error);
        Assert.Contains("hkafer train", Hka.Run("pretrain", "cer-demo").Error);
        Assert.Contains("is a vision-language model", Hka.Run("explain", "cer-base", Photo("a.png"), "--out", tiny.At("maps of none")).Error);
    }

    [Fact]
    public void Wrong_backbone_is_refused()
    {
        string other = tiny.At("other");
        var backbone = new Models.VisionTransformer(
            new Models.VitConfig { Width = 32, Depth = 2, Heads = 2, Patch = 8, ImageSize = 32, MlpRatio = 2 });
        backbone.Initialize(99);
        backbone.Save(other);
        Hka.Outcome outcome = Predict(Photo("a.png"), "--backbone", other);
        Assert.Equal(1, outcome.Code);
        Assert.Contains("another backbone", outcome.Error);
    }

    [Fact]
    public void Interrupted_work_leaves_a_whole_document()
    {
        using StringWriter result = new(), messages = new();
        int code = CommandLine.Run(
            ["predict", tiny.Adapter, Photo("a.png"), "--json"], new Streams(result, messages),
            new CancellationToken(canceled: true));
        Assert.Equal(130, code);
        Assert.Equal(0, JsonDocument.Parse(result.ToString()).RootElement.GetArrayLength());
    }

    private string Photo(string name) => Path.Combine(tiny.Photos, name);

    private Hka.Outcome Predict(params string[] inputs) => Hka.Run(["predict", tiny.Adapter, .. inputs, "--json"]);

    // A batch of another size is summed in another order, which moves the last of a float's seven digits.
    private static void SameProbabilities(JsonElement expected, JsonElement actual) =>
        Assert.All(Probabilities(expected).Zip(Probabilities(actual)), p => Assert.Equal(p.First, p.Second, 1e-6));

    private static IEnumerable<double> Probabilities(JsonElement item) =>
        item.GetProperty("probabilities").EnumerateObject().Select(p => p.Value.GetDouble());

    private static string[] Paths(JsonElement items) => [.. items.EnumerateArray().Select(i => i.GetProperty("path").GetString()!)];

    private static string[] Labels(JsonElement items) => [.. items.EnumerateArray().Select(i => i.GetProperty("label").GetString()!)];
}
