using System.Text.Json;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Models.Tests;

public class MaskedAutoencoderTests
{
    private static readonly DecoderConfig s_decoder = new() { Width = 8, Depth = 1, Heads = 2 };

    public static TheoryData<string> Cases() => Fixtures.Of("masked-autoencoder");

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Loss_and_gradients_are_those_of_the_reference(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        int[] visible = [.. dump.Tensor("visible").Longs().Select(x => (int)x)];
        var encoder = new VisionTransformer(new VitConfig
        {
            Width = Of("width"),
            Depth = Of("depth"),
            Heads = Of("heads"),
            Patch = Of("patch"),
            ImageSize = Of("image_size"),
            MaskToken = false,
        });
        var model = new MaskedAutoencoder(encoder, new DecoderConfig { Width = Of("decoder_width"), Depth = Of("decoder_depth"), Heads = Of("decoder_heads") });
        Fill(model, dump);
        model.SetTrainable(true);
        PatchMask mask = PatchMask.Of(Of("patches"), Of("visible"), visible);
        Tensor pixels = dump.Float("pixel_values");
        using IDisposable step = Tape.Step();
        dump.Near("out.latent", encoder.Forward(pixels, mask));
        Tensor predicted = model.Predict(pixels, mask), loss = model.Loss(pixels, mask);
        dump.Near("out.pred", predicted);
        Near.Relative([dump.Expect.GetProperty("loss").GetDouble()], [loss.Item()], dump.Tolerance("out", 2e-5), "loss");
        loss.Backward();
        dump.NearGradients("grad.", Dumps.Gradients(model));

        int Of(string key) => dump.Config.GetProperty(key).GetInt32();
    }

    [Fact]
    public void Every_weight_but_the_unused_mask_token_of_the_encoder_gets_a_gradient()
    {
        MaskedAutoencoder model = Tiny(TinyModels.Config with { Registers = 2 });
        model.SetTrainable(true);
        using IDisposable step = Tape.Step();
        model.Loss(TinyModels.Pixels(), PatchMask.Draw(4, 0.5, 1, 2)).Backward();
        Assert.Equal(model.Encoder.Idle.Select(p => p.Path), model.Parameters().Where(p => p.Parameter.Value.Grad is null).Select(p => p.Parameter.Path));
    }

    [Fact]
    public void Hidden_patches_are_not_looked_at()
    {
        MaskedAutoencoder model = Tiny();
        PatchMask mask = PatchMask.Of(4, 2, [0, 3]);
        float[] pixels = TinyModels.Pixels(1).ToFloats(), changed = [.. pixels];
        for (int i = 0; i < changed.Length; i++)
        {
            // Patches 1 and 2 of 2 x 2: where the halves of row and column differ.
            int x = i % 4 / 2, y = i / 4 % 4 / 2;
            changed[i] += x != y ? 5 : 0;
        }

        Assert.Equal(Predict(pixels), Predict(changed));
        changed[0] += 1;
        Assert.NotEqual(Predict(pixels), Predict(changed));

        float[] Predict(float[] values) => model.Predict(Tensor.From(values, [1, 3, 4, 4]), mask).ToFloats();
    }

    [Fact]
    public void All_patches_in_view_give_the_tokens_of_the_encoder()
    {
        VisionTransformer model = TinyModels.Vit();
        Tensor pixels = TinyModels.Pixels();
        int[] all = [0, 1, 2, 3, 0, 1, 2, 3];
        Near.Relative(model.Forward(pixels).ToFloats(), model.Forward(pixels, PatchMask.Of(4, 4, all)).ToFloats(), 1e-6, "tokens");
    }

    [Fact]
    public void Picture_of_another_size_is_named()
    {
        HkaFerException e = Assert.Throws<HkaFerException>(() => Tiny().Predict(TinyModels.Pixels(1, 6, 6), PatchMask.Draw(9, 0.5, 1)));
        Assert.Contains("expected pictures of 4 pixels a side", e.Message);
    }

    [Theory]
    [InlineData(10, 2, "no multiple of 4")]
    [InlineData(8, 3, "not divisible by num_attention_heads 3")]
    public void Decoder_that_cannot_be_is_named(int width, int heads, string expected) => Assert.Contains(
        expected, Assert.Throws<HkaFerException>(() => new MaskedAutoencoder(TinyModels.Vit(), new DecoderConfig { Width = width, Heads = heads })).Message);

    private static MaskedAutoencoder Tiny(VitConfig? config = null)
    {
        var model = new MaskedAutoencoder(new VisionTransformer(config ?? TinyModels.Config), s_decoder);
        model.Initialize(1);
        return model;
    }

    private static void Fill(Module model, FixtureCase dump)
    {
        foreach ((Parameter parameter, IReadOnlyList<string> sources) in model.CheckpointMap())
        {
            parameter.Value = Tensor.From([.. sources.SelectMany(source => dump.Tensor("initial." + source).Floats())], parameter.Shape).Keep();
        }
    }
}
