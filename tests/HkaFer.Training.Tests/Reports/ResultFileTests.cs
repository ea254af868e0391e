using System.Text.Json;
using HkaFer.Data;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public sealed class ResultFileTests
{
    [Fact]
    public void Predictions_give_the_metrics_of_the_last_epoch()
    {
        using var scratch = new Scratch();
        RunResult run = TrainingRun.Execute(TinyRecipe.Full, scratch.Folder);

        JsonElement[] lines = [.. File.ReadLines(scratch["predictions.jsonl"]).Select(l => JsonDocument.Parse(l).RootElement)];
        string[] labels = [.. new RunFolder(scratch.Folder).ReadSummary().GetProperty("labels").EnumerateArray().Select(l => l.GetString()!)];
        int[] truth = [.. lines.Select(l => Array.IndexOf(labels, l.GetProperty("truth").GetString()))];
        float[] probabilities = [.. lines.SelectMany(l => l.GetProperty("probabilities").EnumerateArray().Select(p => p.GetSingle()))];
        EvaluationResult again = Metrics.Compute(labels, truth, probabilities);
        Assert.Equal(MetricsJson.Write(run.Last!).ToJsonString(), MetricsJson.Write(again).ToJsonString());
        Assert.All(lines, l => Assert.NotEmpty(l.GetProperty("path").GetString()!));
        Assert.Equal(again.Accuracy, lines.Count(l => l.GetProperty("truth").GetString() == l.GetProperty("label").GetString()) / (double)lines.Length);
    }

    [Fact]
    public void Mistakes_are_wrong_sorted_by_confidence_and_have_pictures()
    {
        using var scratch = new Scratch();
        RunResult run = TrainingRun.Execute(TinyRecipe.Full, scratch.Folder);

        JsonElement file = JsonDocument.Parse(File.ReadAllText(scratch["mistakes.json"])).RootElement;
        JsonElement[] mistakes = [.. file.GetProperty("mistakes").EnumerateArray()];
        Assert.Equal(run.Last!.Count - (long)Math.Round(run.Last.Accuracy * run.Last.Count), file.GetProperty("wrong").GetInt64());
        Assert.NotEmpty(mistakes);
        Assert.All(mistakes, m => Assert.NotEqual(m.GetProperty("truth").GetString(), m.GetProperty("label").GetString()));
        double[] confidence = [.. mistakes.Select(m => m.GetProperty("confidence").GetDouble())];
        Assert.Equal(confidence.OrderDescending(), confidence);
        Image picture = Image.Decode(mistakes[0].GetProperty("png").GetBytesFromBase64(), "mistake");
        Assert.Equal((32, 32), (picture.Width, picture.Height));
    }

    [Fact]
    public void Routers_tell_lambda_and_weights_of_every_adapted_layer()
    {
        using var scratch = new Scratch();
        string backbone = scratch["backbone"], heka = scratch["heka"];
        TrainingRun.Execute(TinyRecipe.Full.With("training.epochs=1"), backbone);
        TrainingRun.Execute(TinyRecipe.HeKA(backbone), heka);

        Assert.False(File.Exists(new RunFolder(backbone).Routers));
        ExpressionModel model = ExpressionModel.Load(new RunFolder(heka).Last);
        JsonElement[] layers = [.. JsonDocument.Parse(File.ReadAllText(new RunFolder(heka).Routers)).RootElement.GetProperty("layers").EnumerateArray()];
        Assert.Equal(model.Adapter!.Layers.Select(l => l.LayerPath), layers.Select(l => l.GetProperty("layer").GetString()));
        Assert.Equal(
            model.Adapter.Layers.Select(l => ((Adapters.KroneckerLayer)l).Lambda!.Value.Detach().Item()), layers.Select(l => l.GetProperty("lambda").GetDouble()));
        Assert.All(layers, l => Assert.Equal(1, l.GetProperty("weights").EnumerateArray().Sum(w => w.GetDouble()), 5));
        Assert.All(layers, l => Assert.Equal(7, l.GetProperty("classes").EnumerateObject().Count()));
    }

    /// <summary>Listening changes no bit of what the model says.</summary>
    [Fact]
    public void Router_weights_are_the_layers_own_and_the_same_in_any_batches()
    {
        using var scratch = new Scratch();
        string backbone = scratch["backbone"], heka = scratch["heka"];
        TrainingRun.Execute(TinyRecipe.Full.With("training.epochs=1"), backbone);
        TrainingRun.Execute(TinyRecipe.HeKA(backbone), heka);
        ExpressionModel model = ExpressionModel.Load(new RunFolder(heka).Last);
        ImageDataset data = DataSource.Parse("faces:?seed=4&count=14&size=32").Open("valid");

        ScoredSplit one = Score(model, data, 1), five = Score(model, data, 5);

        // Products of other sizes round otherwise, so the routers' inputs do.
        Near.Relative([.. one.Routers.SelectMany(r => r.Mean)], five.Routers.SelectMany(r => r.Mean).ToArray(), 1e-6, "batches of 5");

        Image[] all = [.. Enumerable.Range(0, data.Count).Select(data.Load)];
        Assert.Equal(one.Probabilities, all.SelectMany(image => model.Predict(image).Probabilities));
        foreach (RouterWeights layer in one.Routers)
        {
            double[] mean = [.. Enumerable.Range(0, layer.Mean.Count).Select(i =>
                layer.PerClass.Index().Sum(c => (c.Item?[i] ?? 0) * one.Truth.Count(t => t == c.Index)) / one.Truth.Length)];
            Near.Relative([.. layer.Mean], mean, 1e-12, layer.Layer);
        }
    }

    private static ScoredSplit Score(ExpressionModel model, ImageDataset data, int batch) =>
        Evaluator.Score(model, data, new BatchLoader(data, batch, model.Preprocessing, cacheBytes: 0), null, CancellationToken.None);
}
