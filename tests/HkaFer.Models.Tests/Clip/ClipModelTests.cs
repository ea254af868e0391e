using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Models.Tests;

public class ClipModelTests
{
    public static TheoryData<string> Cases() => Fixtures.Of("clip");

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Both_encoders_give_the_published_models_features(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        ClipModel model = ClipModel.Load(Path.Combine(dump.Folder, "checkpoint"), out IReadOnlyList<string> unused);
        Assert.Empty(unused);
        using IDisposable paused = Tape.NoGrad();
        Tensor tokens = model.Vision.Forward(dump.Float("pixel_values"));
        dump.Near("out.vision.last_hidden_state", tokens);
        dump.Near("out.vision.pooled", model.Vision.Pool(tokens));
        Tensor images = model.EncodeImages(dump.Float("pixel_values")), texts = model.EncodeTexts(Ids(dump));
        dump.Near("out.image_embeds", images);
        dump.Near("out.text_embeds", texts);
        dump.Near("out.logits_per_image", model.Logits(images, texts));
        dump.Near("out.zero_shot_probabilities", Ops.Softmax(model.Logits(images, texts, temperature: 0.01)));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Image_encoder_is_found_in_the_whole_model(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        ClipVisionTransformer vision = ClipVisionTransformer.Load(Path.Combine(dump.Folder, "checkpoint"), out IReadOnlyList<string> unused);
        Assert.Contains("text_projection.weight", unused);
        Assert.DoesNotContain(unused, name => name.StartsWith("vision_model.", StringComparison.Ordinal));
        dump.Near("out.vision.pooled", vision.Pool(vision.Forward(dump.Float("pixel_values"))));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Text_feature_does_not_depend_on_padding_and_stands_at_the_largest_id_of_old_configs(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        string folder = Path.Combine(dump.Folder, "checkpoint");
        ClipModel model = ClipModel.Load(folder, out _);
        int end = model.Config.Text.EndToken;

        // As padding stands any token but the end token, before which the search must stop.
        int[][] ids = [.. Ids(dump).Select(text => text.Select((id, i) => i > Array.IndexOf(text, end) ? 0 : id).ToArray())];
        dump.Near("out.text_embeds", model.EncodeTexts(ids));
        var old = new ClipModel(model.Config with { Text = model.Config.Text with { EndToken = 2 } });
        using CheckpointFolder checkpoint = CheckpointFolder.Open(folder);
        old.Load(checkpoint);
        Assert.Equal(ids.Max(text => text.Max()), end);
        dump.Near("out.text_embeds", old.EncodeTexts(ids));
    }

    [Fact]
    public void Named_model_has_the_published_count()
    {
        Assert.Equal(427_616_513, new ClipModel(ClipConfig.Named("clip-vit-large-patch14")!).ParameterCount);
        Assert.Equal(151_277_313, new ClipModel(ClipConfig.Named("clip-vit-base-patch32")!).ParameterCount);
    }

    [Theory]
    [InlineData("1,2;1", "one length")]
    [InlineData("", "at least one text")]
    [InlineData("1,10", "token 10 is not in the vocabulary")]
    [InlineData("1,-1", "token -1 is not in the vocabulary")]
    [InlineData("1,2,3,4,5,9", "one length from 1 to 5")]
    [InlineData("1,2;1,9", "text 0 has no end token 9")]
    public void Texts_that_cannot_be_encoded_are_refused(string texts, string expected)
    {
        ClipModel model = Tiny();
        int[][] ids = [.. texts.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(text => Array.ConvertAll(text.Split(','), int.Parse))];
        Assert.Contains(expected, Assert.Throws<HkaFerException>(() => model.EncodeTexts(ids)).Message);
    }

    [Fact]
    public void Image_of_another_size_is_refused() =>
        Assert.Contains("expected 4 x 4", Assert.Throws<HkaFerException>(() => Tiny().EncodeImages(TinyModels.Pixels(1, 6, 4))).Message);

    [Fact]
    public void Every_weight_gets_a_gradient()
    {
        ClipModel model = Tiny();
        model.SetTrainable(true);
        using IDisposable step = Tape.Step();
        Ops.CrossEntropy(model.Logits(model.EncodeImages(TinyModels.Pixels(2)), model.EncodeTexts([[1, 3, 9], [4, 9, 0]])), [0, 1]).Backward();

        // The logits' scale is read as a number: it is frozen in every recipe.
        Assert.All(model.Parameters().Where(p => p.Path != "logit_scale"), p => Assert.True(p.Parameter.Value.Grad is not null, p.Path));
        Assert.Null(model.LogitScale.Value.Grad);
    }

    private static ClipModel Tiny()
    {
        var model = new ClipModel(new ClipConfig
        {
            Vision = new ClipVisionConfig { Width = 16, Depth = 1, Heads = 2, MlpWidth = 32, Patch = 2, ImageSize = 4 },
            Text = new ClipTextConfig { Width = 8, Depth = 1, Heads = 2, MlpWidth = 16, Vocabulary = 10, Context = 5, EndToken = 9 },
            ProjectionWidth = 8,
        });
        model.Initialize(1);
        return model;
    }

    private static int[][] Ids(FixtureCase dump)
    {
        FixtureTensor ids = dump.Tensor("input_ids");
        return [.. ids.Longs().Select(id => (int)id).Chunk(ids.Shape[1])];
    }
}
