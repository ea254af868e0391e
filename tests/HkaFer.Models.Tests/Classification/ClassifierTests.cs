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

    public static TheoryData<string> Encoders => ["vit", "clip", "clip checkpointed", "vit checkpointed"];

    [Theory, MemberData(nameof(Encoders))]
    public void Class_token_alone_is_the_first_of_all_tokens_with_the_same_gradients(string name)
    {
        ImageEncoder encoder = name.StartsWith("vit", StringComparison.Ordinal)
            ? TinyModels.Vit(1, TinyModels.Config with { Registers = 3 })
            : new ClipImageEncoder(TinyClip.Config.Vision, 16);
        encoder.Initialize(1);
        encoder.SetTrainable(true);
        encoder.ActivationCheckpointing = name.EndsWith("checkpointed", StringComparison.Ordinal);
        (float[] token, Dictionary<string, float[]> gradients) = Run(alone: false);
        (float[] alone, Dictionary<string, float[]> less) = Run(alone: true);
        Near.Relative(token, alone, 1e-5, "class token");
        Assert.Equal(gradients.Keys, less.Keys);
        Assert.True(gradients.Count > 20);
        Assert.All(gradients, pair => Near.Relative(pair.Value, less[pair.Key], 1e-4, pair.Key, floor: 1e-3));

        (float[], Dictionary<string, float[]>) Run(bool alone)
        {
            using IDisposable step = Tape.Step();
            Tensor pixels = name.StartsWith("vit", StringComparison.Ordinal) ? TinyModels.Pixels(2) : TinyModels.Pixels(2, 32, 32), tokens = encoder.Encode(pixels, alone);
            Assert.Equal(alone, tokens.Shape[1] == 1);
            Tensor first = tokens.Select(1, 0);
            first.Backward(Tensor.From<float>([.. Enumerable.Range(0, (int)first.Count).Select(i => (i % 7) - 3f)], first.Shape));
            Dictionary<string, float[]> found = encoder.Parameters().Where(p => p.Parameter.Value.Grad is not null).ToDictionary(p => p.Path, p => p.Parameter.Value.Grad!.ToFloats());
            foreach ((_, Parameter parameter) in encoder.Parameters())
            {
                parameter.Value.ZeroGrad();
            }

            return (first.ToFloats(), found);
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
