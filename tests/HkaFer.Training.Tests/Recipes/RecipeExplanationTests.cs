using System.Text;

namespace HkaFer.Training.Tests;

public class RecipeExplanationTests
{
    private const string Text = """
        data: faces:?seed=1
        method:
          kind: heka
          sizes: [[8, 16], [16, 8]]
        training:
          epochs: 3
        augmentation: null
        """;

    [Fact]
    public void Every_value_says_where_it_comes_from()
    {
        using var file = new TemporaryFile(Encoding.UTF8.GetBytes(Text));

        var explained = RecipeExplanation.Load(file.Path, ["training.batch=16", "backbone=faces-vit", "optimizer={kind: sgd, momentum: 0.5}"]);

        Dictionary<string, (string? Value, string From)> values = explained.Values.ToDictionary(v => v.Key, v => (v.Value?.ToJsonString(), v.From));
        Assert.Equal(("\"faces:?seed=1\"", $"{file.Path}:1"), values["data.train"]);
        Assert.Equal(("\"faces-vit\"", "--set"), values["backbone.folder"]);
        Assert.Equal(("\"heka\"", $"{file.Path}:3"), values["method.kind"]);
        Assert.Equal(("[[8,16],[16,8]]", $"{file.Path}:4"), values["method.sizes"]);
        Assert.Equal(("2", $"{file.Path}:4 (method.sizes)"), values["method.adapters"]);
        Assert.Equal(("\"dbir\"", "default"), values["method.router"]);
        Assert.Equal(("\"sgd\"", "--set"), values["optimizer.kind"]);
        Assert.Equal(("0.5", "--set"), values["optimizer.momentum"]);
        Assert.Equal(("3", $"{file.Path}:6"), values["training.epochs"]);
        Assert.Equal(("16", "--set"), values["training.batch"]);
        Assert.Equal(("\"none\"", "default"), values["training.class_weights"]);
        Assert.Equal((null, $"{file.Path}:7"), values["augmentation"]);
        Assert.Equal((null, "default"), values["preprocessing.mean"]);
        Assert.Empty(explained.Missing);
    }

    [Fact]
    public void Explained_recipe_is_the_recipe_with_comments()
    {
        using var file = new TemporaryFile(Encoding.UTF8.GetBytes(Text));

        var explained = RecipeExplanation.Load(file.Path, ["training.seed=7"]);

        Assert.Equal(Recipe.Parse(Text, "r", ["training.seed=7"]), Recipe.Parse(explained.Yaml));
        Assert.Matches($@"(?m)^  epochs: 3 +# {file.Path}:6$", explained.Yaml);
        Assert.Matches(@"(?m)^  seed: 7 +# --set$", explained.Yaml);
        Assert.Matches(@"(?m)^  batch: 4 +# default$", explained.Yaml);
    }

    [Fact]
    public void What_is_missing_is_said_all_at_once()
    {
        using var file = new TemporaryFile("training: {epochs: 3}"u8.ToArray());

        Assert.Collection(
            RecipeExplanation.Load(file.Path).Missing,
            first => Assert.Contains("data.train is missing", first, StringComparison.Ordinal),
            second => Assert.Contains("backbone is missing", second, StringComparison.Ordinal));
    }

    [Fact]
    public void Recipe_that_is_wrong_is_not_explained()
    {
        using var file = new TemporaryFile("training: {epoch: 3}"u8.ToArray());

        var error = Assert.Throws<HkaFerException>(() => RecipeExplanation.Load(file.Path));
        Assert.Contains("did you mean 'epochs'?", error.Message, StringComparison.Ordinal);
    }
}
