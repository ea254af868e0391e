using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Models.Tests;

public class ClassifierTests
{
    public static TheoryData<string> Cases() => Fixtures.Of("dinov2-classifier");

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Published_classifier_gives_its_logits(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        Classifier model = Classifier.Load(Path.Combine(dump.Folder, "checkpoint"));
        Assert.Equal(HeadPooling.ClassTokenAndPatchMean, model.Head.Pooling);
        Assert.Equal(dump.Tensor("out.logits").Shape[1], model.Labels.Count);
        using IDisposable paused = Tape.NoGrad();
        dump.Near("out.logits", model.Forward(dump.Float("pixel_values")));
    }

    [Fact]
    public void Mean_of_the_patches_leaves_class_token_and_registers_out()
    {
        var model = new Classifier(TinyModels.Vit(1, TinyModels.Config with { Registers = 3 }), ["a", "b"], HeadPooling.ClassTokenAndPatchMean);
        Tensor tokens = model.Backbone.Encode(TinyModels.Pixels(2));
        float[] pooled = model.Head.Pool(tokens, 1 + 3).ToFloats(), all = tokens.ToFloats();
        for (int image = 0; image < 2; image++)
        {
            for (int c = 0; c < 16; c++)
            {
                int at = (image * 8 * 16) + c;
                Assert.Equal(all[at], pooled[(image * 32) + c]);
                Assert.Equal(Enumerable.Range(4, 4).Average(token => all[at + (token * 16)]), pooled[(image * 32) + 16 + c], 1e-6);
            }
        }
    }

    [Fact]
    public void Mean_of_the_patches_passes_gradients_on()
    {
        var model = new Classifier(TinyModels.Vit(), ["a", "b"], HeadPooling.ClassTokenAndPatchMean);
        model.Initialize(1);
        model.SetTrainable(true);
        using IDisposable step = Tape.Step();
        Ops.CrossEntropy(model.Forward(TinyModels.Pixels()), [0, 1]).Backward();
        Assert.All(model.Parameters().Where(p => !p.Path.EndsWith("mask_token", StringComparison.Ordinal)), p => Assert.NotNull(p.Parameter.Value.Grad));
    }

    [Theory]
    [InlineData("only")]
    [InlineData("same", "same")]
    public void Labels_that_cannot_be_told_apart_are_refused(params string[] labels) =>
        Assert.Contains("two labels", Assert.Throws<HkaFerException>(() => new Classifier(TinyModels.Vit(), labels)).Message);

    [Theory]
    [InlineData("{\"0\":\"a\",\"2\":\"b\"}")]
    [InlineData("{\"0\":\"a\",\"00\":\"b\"}")]
    [InlineData("{\"0\":\"a\",\"1\":2}")]
    [InlineData("[\"a\",\"b\"]")]
    [InlineData("{\"-1\":\"a\",\"x\":\"b\"}")]
    public void Published_classifier_with_broken_labels_is_refused(string labels)
    {
        using var scratch = new Scratch();
        TinyModels.Write(scratch, TinyModels.Vit());
        string config = File.ReadAllText(scratch["config.json"]);
        scratch.Write("config.json", $"{config[..^1]},\"id2label\":{labels}}}");
        Assert.Contains("id2label", Assert.Throws<HkaFerException>(() => Classifier.Load(scratch.Folder)).Message);
    }
}
