using HkaFer.Models;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public sealed class LayerDecayTests
{
    [Fact]
    public void Head_learns_at_the_whole_rate_and_what_is_near_the_pixels_at_the_least()
    {
        var model = new Classifier(TinyModels.Vit(config: TinyModels.Config with { Depth = 3, Registers = 1 }), ["a", "b"]);
        Func<Parameter, double> factor = LayerDecay.Of(model, 0.5);
        Dictionary<string, double> factors = model.Parameters().ToDictionary(p => p.Path, p => factor(p.Parameter));
        Assert.All(factors, f => Assert.Equal(Expected(f.Key), f.Value));
        Assert.Equal([0.0625, 0.125, 0.25, 0.5, 1], factors.Values.Distinct().Order());

        static double Expected(string path) => path.Split('.') is ["backbone", "encoder", "layer", var block, ..]
            ? Math.Pow(0.5, 3 - int.Parse(block))
            : path.StartsWith("backbone.embeddings", StringComparison.Ordinal) ? 0.0625 : 1;
    }

    [Fact]
    public void First_step_of_a_run_moves_each_block_by_its_share()
    {
        // Adam's first step is the rate itself, whatever the gradient.
        using var scratch = new Scratch();
        Recipe recipe = TinyRecipe.Least.With(
            "optimizer={ kind: adam, learning_rate: 1e-3, weight_decay: 0, layer_decay: 0.5 }", "schedule=constant", "training.ema=null", "training.clip=null", "training.batch=64", "training.epochs=1");
        TrainingRun.Execute(recipe, scratch["run"]);
        VisionTransformer after = VisionTransformer.Load(new RunFolder(scratch["run"]).Backbone("last"));
        var before = new VisionTransformer(recipe.Backbone.Scratch!);
        new Classifier(before, HkaFer.Data.DataSource.Parse(recipe.Data.Train!).Open("train").Classes).Initialize(recipe.Training.Seed);
        Assert.Equal(1e-3, Largest(v => v.Norm.Bias), 1e-6);
        Assert.Equal(5e-4, Largest(v => v.Blocks[0].Mlp.Out.Bias!), 1e-6);
        Assert.Equal(2.5e-4, Largest(v => v.Embeddings.PatchBias), 1e-6);

        double Largest(Func<VisionTransformer, Parameter> of) =>
            of(before).Value.ToFloats().Zip(of(after).Value.ToFloats(), (a, b) => Math.Abs(a - b)).Max();
    }

    [Theory]
    [InlineData("optimizer.layer_decay=0", "must be above 0 and at most 1")]
    [InlineData("optimizer.layer_decay=1.5", "must be above 0 and at most 1")]
    [InlineData("method=lora", "is for the blocks of a backbone that is trained, and method lora trains none of them")]
    public void Decay_that_cannot_be_is_named(string set, string expected) => Assert.Contains(
        expected, Assert.Throws<HkaFerException>(() => TinyRecipe.Least.With("optimizer.layer_decay=0.8", set)).Message);
}
