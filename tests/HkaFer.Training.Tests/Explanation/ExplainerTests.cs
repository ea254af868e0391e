using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public sealed class ExplainerTests : IDisposable
{
    private const int Size = 32, Label = 3;
    private readonly Scratch _scratch = new();
    private readonly Image _face = new FaceDataset(FaceDomain.Source, seed: 5, 7, size: 48).Load(5);

    public static TheoryData<string> Families => ["dinov2", "registers", "clip"];

    [Theory]
    [MemberData(nameof(Families))]
    public void Gradient_of_the_tokens_is_the_slope_of_the_logit(string family)
    {
        ExpressionModel model = Model(family);
        var explainer = new Explainer(model);
        float[] pixels = explainer.Pixels(_face);
        IReadOnlyList<Linear> inputs = EncoderBlock.Of(model.Classifier.Backbone).Blocks[^1].Inputs;
        float[] gradient, tokens;
        using (var pass = new GradientPass(model, inputs))
        {
            Tensor logit = pass.Logit(pixels, Label);
            (gradient, tokens) = (Tape.Gradients(logit, pass.Input)[0].ToFloats(), pass.Input.ToFloats());
        }

        // Along a random direction; float32 sums in the logit leave four digits of a difference quotient.
        var rng = new Rng(9);
        float[] direction = [.. tokens.Select(_ => (float)rng.Normal())];
        const float step = 0.02f;
        double slope = (Logit(step) - Logit(-step)) / (2 * step);
        double found = gradient.Zip(direction, (g, d) => (double)g * d).Sum();
        Near.Relative([slope], [found], 5e-3, $"{family}: slope");
        Assert.True(Math.Abs(found) > 1e-4, "a slope of nothing shows nothing");

        double Logit(float by)
        {
            Tensor? moved = null;
            using var pass = new ListeningPass(model, inputs, (layer, x, _) =>
                layer.Forward(moved ??= Tensor.From([.. tokens.Zip(direction, (t, d) => t + (by * d))], x.Shape)));
            return pass.Run(pixels).ToFloats()[Label];
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Gradient_along_a_contribution_is_the_slope_of_its_strength(string family)
    {
        ExpressionModel model = Model(family);
        var explainer = new Explainer(model);
        float[] pixels = explainer.Pixels(_face);
        KroneckerLayer layer = model.Adapter!.Layers.OfType<KroneckerLayer>().Single(l => l.LayerPath == explainer.AdaptedLayer);
        float[] gradient;
        float[][] parts;
        using (var pass = new GradientPass(model, [explainer.Adapted!]))
        {
            Tensor logit = pass.Logit(pixels, Label);
            gradient = Tape.Gradients(logit, pass.Output)[0].ToFloats();
            parts = [.. layer.Contributions(pass.Input).Select(c => c.ToFloats())];
        }

        foreach ((int i, float[] part) in parts.Index())
        {
            const float step = 0.05f;
            double slope = (Logit(part, step) - Logit(part, -step)) / (2 * step);
            Near.Relative([slope], [gradient.Zip(part, (g, p) => (double)g * p).Sum()], 1e-2, $"{family}: adapter {i}", floor: 1e-3);
        }

        double Logit(float[] part, float by)
        {
            using var pass = new ListeningPass(model, [explainer.Adapted!], (_, _, y) => Tensor.From([.. y.ToFloats().Zip(part, (v, p) => v + (by * p))], y.Shape));
            return pass.Run(pixels).ToFloats()[Label];
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Explanations_leave_the_model_as_it_was(string family)
    {
        ExpressionModel model = Model(family);
        var explainer = new Explainer(model);
        float[] pixels = explainer.Pixels(_face);
        IReadOnlyList<float> before = model.Predict(_face).Probabilities;
        int[] adapters = [.. Linears(model).Select(l => l.Adapters.Count)];

        HeatMap[] maps =
        [
            explainer.ClassMap(pixels, Label), explainer.ClassMap(pixels, Label, CamMethod.GradCamPlusPlus), explainer.Rollout(pixels),
            .. explainer.AdapterMaps(pixels, Label), .. explainer.Contributions(pixels), .. explainer.RouterMaps(pixels),
        ];

        Assert.All(maps, map => Assert.Equal((4, 4), (map.Rows, map.Columns)));
        Assert.All(maps, map => Assert.All(map.Values, value => Assert.True(float.IsFinite(value) && value >= 0)));
        Assert.Equal(3 + (3 * explainer.Adapters), maps.Length);
        Assert.Equal(before, model.Predict(_face).Probabilities);
        Assert.Equal(adapters, Linears(model).Select(l => l.Adapters.Count));
        Assert.All(model.Classifier.Parameters().Concat(model.Adapter!.Parameters()), p => Assert.Null(p.Parameter.Value.Grad));
        Assert.True(Tape.IsRecording);

        // The same again, to the bit.
        Assert.Equal(maps[0].Values, explainer.ClassMap(pixels, Label).Values);
    }

    [Fact]
    public void Failure_in_the_middle_leaves_the_model_as_it_was()
    {
        ExpressionModel model = Model("dinov2");
        int[] adapters = [.. Linears(model).Select(l => l.Adapters.Count)];
        IReadOnlyList<float> before = model.Predict(_face).Probabilities;
        Assert.ThrowsAny<Exception>(() => new Explainer(model).ClassMap(new float[7], Label));
        Assert.Equal(adapters, Linears(model).Select(l => l.Adapters.Count));
        Assert.True(Tape.IsRecording);
        Assert.Equal(before, model.Predict(_face).Probabilities);
    }

    [Fact]
    public void Threads_that_predict_or_explain_at_once_get_what_one_alone_gets()
    {
        ExpressionModel model = Model("registers");
        var explainer = new Explainer(model);
        float[] pixels = explainer.Pixels(_face);
        float[] alone = explainer.ClassMap(pixels, Label).Values;
        float[] predicted = [.. model.Predict(_face).Probabilities];
        var wrong = 0;
        Thread[] all = [.. Enumerable.Range(0, 4).Select(t => new Thread(() =>
        {
            for (int i = 0; i < 10; i++)
            {
                bool same = t % 2 == 0 ? explainer.ClassMap(pixels, Label).Values.SequenceEqual(alone) : model.Predict(_face).Probabilities.SequenceEqual(predicted);
                Interlocked.Add(ref wrong, same ? 0 : 1);
            }
        }))];
        Array.ForEach(all, thread => thread.Start());
        Array.ForEach(all, thread => thread.Join());
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void Maps_of_the_router_are_its_probabilities()
    {
        ExpressionModel model = Model("dinov2");
        IReadOnlyList<HeatMap> maps = new Explainer(model).RouterMaps(new Explainer(model).Pixels(_face));
        Assert.Equal(4, maps.Count);
        for (int t = 0; t < 16; t++)
        {
            Assert.Equal(1, maps.Sum(map => map.Values[t]), 5);
        }

        Assert.True(maps[0].Values.Distinct().Count() > 1, "a router that weighs every patch alike shows nothing");
    }

    [Fact]
    public void Clip_is_looked_into_where_the_class_still_hears_of_patches()
    {
        ExpressionModel model = Model("clip");
        Assert.Equal("vision_model.encoder.layers.0.mlp.fc2", new Explainer(model).AdaptedLayer);
        var last = new Explainer(model, 2);
        float[] pixels = last.Pixels(_face);
        Assert.Contains("look into an earlier block (1 to 1)", Assert.Throws<HkaFerException>(() => last.AdapterMaps(pixels, Label)).Message);
        Assert.Equal(4, last.RouterMaps(pixels).Count);
    }

    [Fact]
    public void What_a_model_has_not_is_named()
    {
        ExpressionModel model = Model("dinov2");
        Assert.Contains("blocks 1 to 2", Assert.Throws<HkaFerException>(() => new Explainer(model, 3)).Message);
        Assert.Contains("did you mean 'sadness'", Assert.Throws<HkaFerException>(() => new Explainer(model).LabelOf("sadnes")).Message);
        ExpressionModel bare = model.With(null);
        HkaFerException none = Assert.Throws<HkaFerException>(() => new Explainer(bare).RouterMaps(new Explainer(bare).Pixels(_face)));
        Assert.Contains("needs a HeKA or HoKA model", none.Message);
    }

    public void Dispose() => _scratch.Dispose();

    private static IEnumerable<Linear> Linears(ExpressionModel model) =>
        EncoderBlock.Of(model.Classifier.Backbone).Blocks.SelectMany(b => b.Inputs.Concat(b.Others));

    private ExpressionModel Model(string family)
    {
        string[] labels = [.. Expressions.Names.Take(7)];
        if (family == "clip")
        {
            ExpressionModel zero = ExpressionModel.ZeroShot(TinyClip.Write(_scratch), labels);
            return zero.With(Adapted(zero.Classifier));
        }

        var backbone = new VisionTransformer(new VitConfig
        {
            Width = 32, Depth = 2, Heads = 2, Patch = 8, ImageSize = Size, Registers = family == "registers" ? 4 : 0,
        });
        backbone.Initialize(1);
        var classifier = new Classifier(backbone, labels);
        Adapter adapter = Adapted(classifier);
        classifier.Initialize(3);
        return new ExpressionModel(classifier, adapter, new Preprocessing { Size = Size }, "");
    }

    private static Adapter Adapted(ImageClassifier classifier)
    {
        Adapter adapter = classifier.Adapt(new HeKA());
        adapter.Initialize(2);

        // As after training: a fresh adapter adds nothing.
        var rng = new Rng(4);
        foreach ((_, Parameter p) in adapter.Parameters().Where(p => p.Path.Contains(".D.", StringComparison.Ordinal)))
        {
            p.Value = Tensor.From([.. Enumerable.Range(0, (int)p.Value.Count).Select(_ => (float)rng.Normal() * 0.3f)], p.Shape);
        }

        return adapter;
    }
}
