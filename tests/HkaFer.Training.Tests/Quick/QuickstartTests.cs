using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public sealed class QuickstartTests
{
    [Fact]
    public void Quickstart_goes_from_nothing_to_predictions()
    {
        using var scratch = new Scratch();
        Recipe small = Recipe.Parse(Quickstart.RecipeText).With(
            "data.train=faces:?seed=11&count=70&domain=shifted", "data.valid=faces:?seed=12&count=35&domain=shifted", "training.epochs=1");

        QuickstartResult result = Quickstart.Run(small, scratch.Folder, 1, null, CancellationToken.None);

        Assert.Equal(["linear", "lora", "heka"], result.Rows.Select(row => row.Method));
        Assert.Equal(1.0 / 7, result.Chance, 12);
        Assert.Equal(7, result.Predictions.Count);
        Assert.All(result.Predictions, p => Assert.True(File.Exists(p.Path)));
        ExpressionModel saved = ExpressionModel.Load(result.Adapter);
        Assert.Equal(result.Predictions[0].Prediction.Probabilities, saved.Predict(Data.Image.Decode(result.Predictions[0].Path)).Probabilities);
        Assert.Contains("--out", Assert.Throws<HkaFerException>(() => Quickstart.Run(small, scratch.Folder, 1, null, CancellationToken.None)).Message);
    }

    [Fact]
    public void Backbone_in_the_box_is_small_and_knows_generated_faces()
    {
        Assert.Contains(Backbones.Faces, Backbones.BuiltIn);
        string folder = Backbones.Resolve(Backbones.Faces);
        Assert.InRange(Directory.EnumerateFiles(folder).Sum(file => new FileInfo(file).Length), 1, 4 << 20);
    }
}
