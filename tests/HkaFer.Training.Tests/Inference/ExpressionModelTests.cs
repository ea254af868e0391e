using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public sealed class ExpressionModelTests
{
    [Fact]
    public void Threads_that_predict_at_once_get_what_one_alone_gets()
    {
        const int threads = 8, times = 20;
        ExpressionModel model = Model();
        var faces = new FaceDataset(FaceDomain.Source, seed: 1, threads, size: 32);
        Image[] images = [.. Enumerable.Range(0, threads).Select(faces.Load)];
        float[][] alone = [.. images.Select(image => model.Predict(image).Probabilities.ToArray())];

        // Threads of their own, all let go at once: the pool might run them one after another.
        var results = new float[threads][][];
        using var start = new Barrier(threads);
        Thread[] all = [.. Enumerable.Range(0, threads).Select(t => new Thread(() =>
        {
            start.SignalAndWait();
            results[t] = [.. Enumerable.Range(0, times).Select(_ => model.Predict(images[t]).Probabilities.ToArray())];
        }))];
        Array.ForEach(all, thread => thread.Start());
        Array.ForEach(all, thread => thread.Join());

        Assert.All(results.Index(), r => Assert.All(r.Item, probabilities => Assert.Equal(alone[r.Index], probabilities)));
        Assert.Equal(threads, alone.Select(p => p[0]).Distinct().Count());
    }

    [Fact]
    public void Saved_adapter_finds_a_backbone_that_was_named_from_the_working_directory()
    {
        using var scratch = new Scratch();
        var backbone = (VisionTransformer)Model().Classifier.Backbone;
        backbone.Save(scratch["bb"]);
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, scratch["bb"]);
        var small = new Preprocessing { Size = 32 };
        var recipe = Recipe.Paper with { Backbone = relative, Method = MethodSettings.Linear, Preprocessing = small };
        ModelBuilder.Build(recipe, ["a", "b"]).Save(scratch["deep/in/adapter"]);
        Assert.Equal(scratch["bb"], AdapterFile.Open(scratch["deep/in/adapter"]).Base);

        // And what was read from beside it can be saved elsewhere.
        new ExpressionModel(Model().Classifier, null, small, Path.Combine("..", "bb")).Save(scratch["beside"]);
        ExpressionModel.Load(scratch["beside"]).Save(scratch["somewhere/else/adapter"]);
        Assert.Equal(scratch["bb"], AdapterFile.Open(scratch["somewhere/else/adapter"]).Base);
    }

    [Fact]
    public void Model_that_is_scored_hears_nothing_of_what_others_do_with_it_meanwhile()
    {
        ExpressionModel model = Model();
        ImageDataset data = DataSource.Parse("faces:?seed=4&count=14&size=32").Open("valid");
        Image other = new FaceDataset(FaceDomain.Shifted, seed: 9, 1, size: 32).Load(0);
        ScoredSplit alone = Score(new DirectProgress<int>(_ => { })), meanwhile = Score(new DirectProgress<int>(_ =>
        {
            // Between two batches, on this thread and on another.
            model.Predict(other);
            var thread = new Thread(() =>
            {
                model.Predict(other);
                Evaluator.Evaluate(model, data);
            });
            thread.Start();
            thread.Join();
        }));

        Assert.Equal(alone.Probabilities, meanwhile.Probabilities);
        Assert.NotEmpty(alone.Routers);
        Assert.Equal(alone.Routers.SelectMany(r => r.Mean), meanwhile.Routers.SelectMany(r => r.Mean));

        ScoredSplit Score(IProgress<int> progress) =>
            Evaluator.Score(model, data, new BatchLoader(data, 5, model.Preprocessing, cacheBytes: 0), progress, CancellationToken.None);
    }

    private static ExpressionModel Model()
    {
        var backbone = new VisionTransformer(new VitConfig { Width = 32, Depth = 2, Heads = 2, Patch = 8, ImageSize = 32 });
        backbone.Initialize(1);
        var classifier = new Classifier(backbone, [.. Expressions.Names.Take(7)]);
        Adapter adapter = classifier.Adapt(new HeKA());
        adapter.Initialize(2);
        classifier.Initialize(3);
        return new ExpressionModel(classifier, adapter, new Preprocessing { Size = 32 }, "");
    }
}
