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

        // Older files hold the positions' numbers too.
        Assert.All(unused, name => Assert.EndsWith(".position_ids", name, StringComparison.Ordinal));
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
        Assert.DoesNotContain(unused, name => name.StartsWith("vision_model.", StringComparison.Ordinal) && !name.EndsWith(".position_ids", StringComparison.Ordinal));
        dump.Near("out.vision.pooled", vision.Pool(vision.Forward(dump.Float("pixel_values"))));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Text_feature_does_not_depend_on_padding(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        ClipModel model = ClipModel.Load(Path.Combine(dump.Folder, "checkpoint"), out _);

        // As padding stands any token but the end token, at which the search must stop.
        int[][] ids = [.. Ids(dump).Select((text, row) => text.Select((id, i) => i > model.Text.EndOf(text, row) ? 0 : id).ToArray())];
        dump.Near("out.text_embeds", model.EncodeTexts(ids));
    }

    [Fact]
    public void Text_feature_stands_at_the_first_end_token_and_at_the_largest_id_of_old_configs()
    {
        ClipModel model = Tiny(), old = Tiny(endToken: 2);
        float[] Feature(ClipModel of, params int[] ids)
        {
            using IDisposable step = Tape.Step();
            return of.EncodeTexts([ids]).ToFloats();
        }

        float[] text = Feature(model, 1, 3, 9);
        Assert.Equal(text, Feature(model, 1, 3, 9, 9, 4));
        Assert.Equal(text, Feature(old, 1, 3, 9, 2, 4));
        Assert.NotEqual(text, Feature(old, 1, 2, 9));
        Assert.Equal(Feature(old, 1, 3, 8), Feature(old, 1, 3, 8, 7, 2));
    }

    [Fact]
    public void No_text_token_sees_one_that_follows()
    {
        ClipModel model = Tiny();
        using IDisposable paused = Tape.NoGrad();
        float[] short_ = model.EncodeTexts([[1, 3, 9, 0, 0]]).ToFloats();
        Assert.Equal(short_, model.EncodeTexts([[1, 3, 9, 5, 7]]).ToFloats());
        Assert.NotEqual(short_, model.EncodeTexts([[1, 4, 9, 0, 0]]).ToFloats());
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

    // LAION's weights were trained with the exact GELU, OpenAI's with the quick one.
    [Fact]
    public void Activation_is_each_encoders_own()
    {
        ClipModel quick = Tiny(), images = Tiny(vision: Activation.Gelu), texts = Tiny(text: Activation.Gelu);
        using IDisposable paused = Tape.NoGrad();
        Tensor pixels = TinyModels.Pixels(1);
        float[] Images(ClipModel model) => model.EncodeImages(pixels).ToFloats();
        float[] Texts(ClipModel model) => model.EncodeTexts([[1, 3, 9]]).ToFloats();
        Assert.NotEqual(Images(quick), Images(images));
        Assert.Equal(Texts(quick), Texts(images));
        Assert.NotEqual(Texts(quick), Texts(texts));
        Assert.Equal(Images(quick), Images(texts));
    }

    [Theory]
    [InlineData("text_model.final_layer_norm.weight")]
    [InlineData("text_model.embeddings.token_embedding.weight")]
    [InlineData("text_projection.weight")]
    [InlineData("vision_model.post_layernorm.bias")]
    [InlineData("visual_projection.weight")]
    [InlineData("logit_scale")]
    public void Tensor_that_is_missing_or_of_another_shape_is_named(string name)
    {
        using var scratch = new Scratch();
        ClipModel model = Tiny();
        model.Save(scratch.Folder);
        (string Name, Tensor Tensor)[] tensors = [.. model.CheckpointTensors()];
        Assert.Contains(tensors, t => t.Name == name);
        SafeTensorsWriter.Save(scratch["model.safetensors"], [.. tensors.Where(t => t.Name != name)]);
        Assert.Contains($"{name}: missing", Assert.Throws<HkaFerException>(() => ClipModel.Load(scratch.Folder, out _)).Message);
        SafeTensorsWriter.Save(scratch["model.safetensors"], [.. tensors.Select(t => t.Name == name ? (name, Tensor.Zeros([3])) : t)]);
        string message = Assert.Throws<HkaFerException>(() => ClipModel.Load(scratch.Folder, out _)).Message;
        Assert.Contains(name, message);
        Assert.Contains("[3]", message);
    }

    private static ClipModel Tiny(int endToken = 9, Activation vision = Activation.QuickGelu, Activation text = Activation.QuickGelu)
    {
        var model = new ClipModel(new ClipConfig
        {
            Vision = new ClipVisionConfig { Width = 16, Depth = 1, Heads = 2, MlpWidth = 32, Patch = 2, ImageSize = 4, Activation = vision },
            Text = new ClipTextConfig { Width = 8, Depth = 1, Heads = 2, MlpWidth = 16, Vocabulary = 10, Context = 5, EndToken = endToken, Activation = text },
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
