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

    public static TheoryData<string> Encoders => ["vit", "clip", "vit checkpointed", "clip checkpointed", "vit in bfloat16", "clip in bfloat16", "vit of few tokens"];

    [Theory, MemberData(nameof(Encoders))]
    public void Class_token_alone_is_the_first_of_all_tokens(string name)
    {
        (ImageEncoder encoder, int side) = Encoder(name);
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        Tensor pixels = TinyModels.Pixels(3, side, side);
        float[] first = encoder.Encode(pixels).Slice(1, 0, 1).ToFloats();
        float[] alone = encoder.Encode(pixels, classTokenAlone: true).ToFloats(), single = encoder.Encode(pixels.Slice(0, 0, 1).Contiguous(), classTokenAlone: true).ToFloats();
        if (name.EndsWith("bfloat16", StringComparison.Ordinal))
        {
            // The library's order of addition follows from the shape; activations that differ by it may round to other bfloat16 values.
            Near.Relative(first, alone, 0.01, "class token");
            Near.Relative(first[..encoder.Width], single, 0.01, "class token of one picture");
            return;
        }

        Assert.Equal(first, alone);
        Assert.Equal(first[..encoder.Width], single);
    }

    [Theory]
    [InlineData("vit")]
    [InlineData("clip")]
    [InlineData("vit checkpointed")]
    [InlineData("clip checkpointed")]
    [InlineData("vit of few tokens")]
    public void Class_token_alone_has_the_gradients_that_it_has_among_all(string name)
    {
        (ImageEncoder encoder, int side) = Encoder(name);
        encoder.SetTrainable(true);
        Dictionary<string, float[]> gradients = Run(alone: false), less = Run(alone: true);
        Assert.Equal(gradients.Keys, less.Keys);
        Assert.True(gradients.Count > 20);

        // Sums over fewer tokens, the others' terms being zero, in another order.
        Assert.All(gradients, pair => Near.Relative(pair.Value, less[pair.Key], 1e-4, pair.Key, floor: 1e-3));

        Dictionary<string, float[]> Run(bool alone)
        {
            using IDisposable step = Tape.Step();
            Tensor token = encoder.Encode(TinyModels.Pixels(2, side, side), alone).Select(1, 0);
            token.Backward(Tensor.From<float>([.. Enumerable.Range(0, (int)token.Count).Select(i => (i % 7) - 3f)], token.Shape));
            Dictionary<string, float[]> found = encoder.Parameters().Where(p => p.Parameter.Value.Grad is not null).ToDictionary(p => p.Path, p => p.Parameter.Value.Grad!.ToFloats());
            foreach ((_, Parameter parameter) in encoder.Parameters())
            {
                parameter.Value.ZeroGrad();
            }

            return found;
        }
    }

    /// <summary>Of 53 tokens (3 registers among them) or 50, more than the last block computes; or of 8. Sizes for which products take other kernels where rows are few.</summary>
    private static (ImageEncoder Encoder, int Side) Encoder(string name)
    {
        bool few = name.EndsWith("few tokens", StringComparison.Ordinal);
        ImageEncoder encoder = name.StartsWith("vit", StringComparison.Ordinal)
            ? new VisionTransformer(TinyModels.Config with { Width = 64, Heads = 4, Registers = 3, ImageSize = few ? 4 : 14 })
            : new ClipImageEncoder(TinyClip.Config.Vision with { ImageSize = 56 }, 16);
        encoder.Initialize(1);
        encoder.ActivationCheckpointing = name.EndsWith("checkpointed", StringComparison.Ordinal);
        if (name.EndsWith("bfloat16", StringComparison.Ordinal))
        {
            encoder.SetTrainable(false);
            encoder.NarrowFrozenLayers();
        }

        return (encoder, encoder.ImageSize);
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
