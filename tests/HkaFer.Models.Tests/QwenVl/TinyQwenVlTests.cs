using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Models.Tests;

/// <summary>What needs no reference: a model with random weights against itself.</summary>
public class TinyQwenVlTests
{
    public static TheoryData<bool> Generations => [false, true];

    [Theory]
    [MemberData(nameof(Generations))]
    public void Every_weight_gets_a_gradient(bool windowed)
    {
        QwenVl model = TinyQwen.Model(windowed);
        model.SetTrainable(true);
        using IDisposable step = Tape.Step();
        model.Loss(TinyQwen.Prompt(6, 4), [80, 81, TinyQwen.FirstSpecial + 2], [TinyQwen.Image(4, 6), TinyQwen.Image(4, 4, 2)]).Backward();
        Assert.All(model.Parameters(), p => Assert.True(p.Parameter.Value.Grad?.ToFloats().Any(g => g != 0) == true, p.Path));
    }

    [Theory]
    [MemberData(nameof(Generations))]
    public void Images_do_not_see_one_another(bool windowed)
    {
        QwenVl model = TinyQwen.Model(windowed);
        QwenImage first = TinyQwen.Image(6, 10), second = TinyQwen.Image(4, 2, 2);
        using IDisposable paused = Tape.NoGrad();
        float[] together = model.Vision.Forward(first, second).ToFloats();
        Near.Relative([.. model.Vision.Forward(first).ToFloats(), .. model.Vision.Forward(second).ToFloats()], together, 1e-6, "two images at once");
    }

    [Fact]
    public void Window_sees_nothing_of_the_others_until_a_full_block()
    {
        // Without the full block a token depends on its own window alone: rows 0 and 1 of the merged grid are in the upper windows.
        QwenVlConfig config = TinyQwen.Config(true);
        var tower = new QwenVisionTower(config.Vision with { FullBlocks = [] });
        tower.Initialize(1);
        float[] changed = [.. TinyQwen.Image(6, 6).Patches.ToFloats()];
        for (int i = 24 * 24; i < changed.Length; i++) { changed[i] += 1; }
        using IDisposable paused = Tape.NoGrad();
        float[] before = tower.Forward(TinyQwen.Image(6, 6)).ToFloats(), after = tower.Forward(QwenImage.From(changed, 6, 6)).ToFloats();
        int upper = 6 * config.Vision.OutWidth;
        Near.Relative(before[..upper], after[..upper], 1e-6, "upper windows");
        Assert.NotEqual(before[upper..], after[upper..]);
    }

    [Theory]
    [MemberData(nameof(Generations))]
    public void Random_model_is_saved_mapped_and_gives_the_same_answer(bool windowed)
    {
        using var scratch = new Scratch();
        QwenVl model = TinyQwen.Model(windowed);
        model.Save(scratch.Folder);
        QwenVl loaded = QwenVl.Load(scratch.Folder, out IReadOnlyList<string> unused);
        Assert.Empty(unused);
        int[] prompt = TinyQwen.Prompt(6);
        var options = new QwenAnswerOptions { MaxTokens = 8, StopTokens = [] };
        int[] answer = model.Generate(prompt, [TinyQwen.Image(4, 6)], options);
        Assert.Equal(8, answer.Length);
        Assert.Equal(answer, loaded.Generate(prompt, [TinyQwen.Image(4, 6)], options));
        Assert.Equal(model.StopTokens, loaded.StopTokens);
        Assert.Equal(ModelHash.Of(model), ModelHash.Of(loaded));
    }

    [Fact]
    public void Weights_of_16_bits_stay_in_the_file_and_have_the_hash_of_their_values()
    {
        using var scratch = new Scratch();
        TinyQwen.Model(true).Save(scratch.Folder, DType.BFloat16);
        QwenVl mapped = QwenVl.Load(scratch.Folder), read = QwenVl.Load(scratch.Folder, out _, DType.Float32);
        Assert.Equal(DType.BFloat16, mapped.Text.Blocks[0].Mlp.Gate.Weight.Value.DType);
        Assert.Equal(DType.BFloat16, mapped.Head.Value.DType);
        Assert.Equal(DType.Float32, mapped.Text.Norm.Gain.Value.DType);
        Assert.Equal(DType.Float32, read.Head.Value.DType);
        Assert.Equal(ModelHash.Of(read), ModelHash.Of(mapped));

        // Where products run in bfloat16 their inputs are rounded to 8 bits.
        using IDisposable paused = Tape.NoGrad();
        int[] prompt = TinyQwen.Prompt(6);
        Near.Relative(read.Logits(prompt, [TinyQwen.Image(4, 6)]).ToFloats(), mapped.Logits(prompt, [TinyQwen.Image(4, 6)]).ToFloats(), 3e-2, "logits");
    }

    [Fact]
    public void Answer_ends_before_a_stop_token()
    {
        QwenVl model = TinyQwen.Model(false);
        int[] prompt = TinyQwen.Prompt(), free = model.Generate(prompt, null, new QwenAnswerOptions { MaxTokens = 6, StopTokens = [] });
        int stop = free[^1];
        Assert.Equal(free[..Array.IndexOf(free, stop)], model.Generate(prompt, null, new QwenAnswerOptions { MaxTokens = 6, StopTokens = [stop] }));
    }

    [Fact]
    public void Loss_counts_the_answer_alone()
    {
        QwenVl model = TinyQwen.Model(false);
        using IDisposable paused = Tape.NoGrad();
        int[] prompt = [65, 66, 67], answer = [80, 81];
        double[] logits = model.Logits([.. prompt, .. answer]).ToDoubles();
        int width = model.Config.Text.Vocabulary;
        double expected = answer.Select((id, i) => -LogSoftmax(logits[((2 + i) * width)..((3 + i) * width)], id)).Average();
        Near.Relative([expected], [model.Loss(prompt, answer).Item()], 1e-6, "loss");

        static double LogSoftmax(double[] row, int at) => row[at] - Math.Log(row.Sum(Math.Exp));
    }

    [Fact]
    public void Visual_tokens_that_are_at_hand_give_the_same_loss_and_gradients()
    {
        QwenVl model = TinyQwen.Model(false);
        model.SetTrainable(true);
        QwenImage image = TinyQwen.Image(4, 6);
        int[] prompt = TinyQwen.Prompt(6), answer = [80, 81];
        using IDisposable step = Tape.Step();
        Tensor loss = model.Loss(prompt, answer, [image]);
        loss.Backward();
        float[][] expected = Gradients();
        Tensor again = model.Loss(prompt, answer, [image], model.Vision.Forward(image));
        again.Backward();
        Assert.Equal(loss.Item(), again.Item());

        // The second pass adds to the first, rows of the table that occur twice in another order.
        Assert.All(Gradients().Zip(expected), g => Near.Relative([.. g.Second.Select(x => 2 * x)], g.First, 1e-6, "gradient"));
        Assert.Contains("expected [6, ", Assert.Throws<HkaFerException>(() => model.Loss(prompt, answer, [image], model.Vision.Forward(TinyQwen.Image(4, 4, 2)))).Message);
        Assert.Contains("without their images", Assert.Throws<HkaFerException>(() => model.Loss([65], answer, null, model.Vision.Forward(image))).Message);

        float[][] Gradients() => [.. model.Parameters().Select(p => p.Parameter.Value.Grad!.ToFloats())];
    }

    [Theory]
    [InlineData(5, "make 6 visual tokens, the prompt has 5 image tokens")]
    [InlineData(7, "make 6 visual tokens, the prompt has 7 image tokens")]
    [InlineData(0, "make 6 visual tokens, the prompt has 0 image tokens")]
    public void Image_tokens_that_do_not_match_the_pixels_are_refused(int tokens, string expected) =>
        Refused(expected, model => model.Logits(TinyQwen.Prompt(tokens), [TinyQwen.Image(4, 6)]));

    [Fact]
    public void Image_in_two_pieces_is_refused() =>
        Refused("tokens of image 0 from token 3 on are not in one piece", model => model.Logits(TinyQwen.Prompt(2, 4), [TinyQwen.Image(4, 6)]));

    [Fact]
    public void Text_over_the_context_is_refused()
    {
        Refused("has 65 tokens; the model's context is 64", model => model.Logits(new int[65]));
        Refused("65 tokens of prompt and answer do not fit", model => model.Generate(new int[60], null, new QwenAnswerOptions { MaxTokens = 5 }));
        Refused("the cache's capacity is 4", model => model.Logits(new int[5], cache: new QwenCache(model.Config.Text, 4)));
    }

    [Fact]
    public void Token_that_is_not_in_the_vocabulary_is_refused()
    {
        Refused("token 272 is not in the vocabulary; expected 0 to 271", model => model.Logits([1, 272]));
        Refused("token -1 is not in the vocabulary", model => model.Logits([-1]));
        Refused("places for a film", model => model.Logits([TinyQwen.ImageToken + 1]));
    }

    [Fact]
    public void Image_of_other_patches_is_refused()
    {
        Refused("3 x 2 patches", model => model.Vision.Forward(TinyQwen.Image(3, 2)));
        Refused("expected multiples of 2 and 24 values a patch", model => model.Vision.Forward(QwenImage.From(new float[4 * 25], 2, 2)));
        Assert.Contains("do not make 2 x 3 patches", Assert.Throws<HkaFerException>(() => QwenImage.From(new float[7], 2, 3)).Message);
    }

    [Fact]
    public void Image_after_a_cache_is_refused() => Refused("give all images with the prompt", model =>
    {
        var cache = new QwenCache(model.Config.Text, 20);
        model.Logits([1, 2], cache: cache);
        return model.Logits(TinyQwen.Prompt(1), [TinyQwen.Image(2, 2)], cache: cache);
    });

    [Fact]
    public void Checkpoint_with_a_truncated_shard_or_a_missing_tensor_is_refused_by_name()
    {
        using var scratch = new Scratch();
        QwenVl model = TinyQwen.Model(true);
        model.Save(scratch.Folder);
        byte[] whole = File.ReadAllBytes(scratch["model.safetensors"]);
        File.WriteAllBytes(scratch["model.safetensors"], whole[..^64]);
        Assert.StartsWith(scratch["model.safetensors"], Assert.Throws<HkaFerException>(() => QwenVl.Load(scratch.Folder)).Message, StringComparison.Ordinal);
        SafeTensorsWriter.Save(scratch["model.safetensors"], [.. model.CheckpointTensors().Where(t => t.Name != "lm_head.weight")]);
        Assert.Contains("lm_head.weight: missing", Assert.Throws<HkaFerException>(() => QwenVl.Load(scratch.Folder)).Message);
    }

    private static void Refused(string expected, Func<QwenVl, object> call) =>
        Assert.Contains(expected, Assert.Throws<HkaFerException>(() => call(TinyQwen.Model(true))).Message);
}
