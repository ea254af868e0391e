using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Models.Tests;

public class QwenVlTests
{
    public static TheoryData<string> Cases() => Fixtures.Of("qwen2vl", "qwen25vl");

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Images_become_the_published_models_tokens(string row)
    {
        (QwenVl model, QwenCase dump) = Load(row);
        using IDisposable paused = Tape.NoGrad();
        dump.Dump.Near("out.image_features", model.Vision.Forward(dump.AllImages));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Tokens_stand_where_the_published_model_has_them(string row)
    {
        (QwenVl model, QwenCase dump) = Load(row);
        int merge = model.Config.Vision.Merge, length = dump.Dump.Tensor("input_ids").Shape[1], texts = dump.Ids.Length;
        int[][] expected = dump.Rows("out.position_ids", length);
        for (int text = 0; text < texts; text++)
        {
            QwenPosition[] actual = QwenPosition.Of(
                dump.Ids[text], [.. dump.Images[text].Select(image => (image.Rows / merge, image.Columns / merge))], model.Config.ImageToken);
            int tokens = actual.Length;
            Assert.Equal(expected[text][..tokens], actual.Select(p => p.Time));
            Assert.Equal(expected[texts + text][..tokens], actual.Select(p => p.Row));
            Assert.Equal(expected[(2 * texts) + text][..tokens], actual.Select(p => p.Column));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Logits_are_the_published_models(string row)
    {
        (QwenVl model, QwenCase dump) = Load(row);
        using IDisposable paused = Tape.NoGrad();
        for (int text = 0; text < dump.Ids.Length; text++)
        {
            dump.Dump.Near($"out.logits.{text}", model.Logits(dump.Ids[text], dump.Images[text]));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Answer_is_the_published_models(string row)
    {
        (QwenVl model, QwenCase dump) = Load(row);
        for (int text = 0; text < dump.Ids.Length; text++)
        {
            int[] expected = dump.Rows($"out.generated.{text}", int.MaxValue)[0];
            double[] margins = dump.Dump.Tensor($"out.generated_margin.{text}").Doubles();
            int[] actual = model.Generate(dump.Ids[text], dump.Images[text], new QwenAnswerOptions { MaxTokens = expected.Length, StopTokens = [] });
            Assert.Equal(expected.Length, actual.Length);

            // From a token on that two programs may choose differently, the answers are two answers.
            int free = Array.FindIndex(margins, margin => margin < 1e-3);
            int same = free < 0 ? expected.Length : free;
            Assert.Equal(expected[..same], actual[..same]);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Cache_gives_the_logits_of_the_whole_text(string row)
    {
        (QwenVl model, QwenCase dump) = Load(row);
        using IDisposable paused = Tape.NoGrad();
        int[] ids = dump.Ids[0], rest = [5, 6, 7, 8];
        float[] whole = model.Logits([.. ids, .. rest], dump.Images[0], ids.Length).ToFloats();
        var cache = new QwenCache(model.Config.Text, ids.Length + rest.Length);
        model.Logits(ids, dump.Images[0], ids.Length - 1, cache);
        float[] atOnce = model.Logits(rest, cache: cache).ToFloats();
        cache.Rewind(ids.Length);
        float[] oneByOne = [.. rest.SelectMany(id => model.Logits([id], cache: cache).ToFloats())];

        // Other products of other sizes: the same sums in another order.
        Near.Relative(whole, atOnce, 1e-5, "all at once");
        Near.Relative(whole, oneByOne, 1e-5, "one by one");
        Assert.Equal(ids.Length + rest.Length, cache.Length);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Names_of_newer_files_give_the_same_model(string row)
    {
        (QwenVl model, QwenCase dump) = Load(row);
        using var scratch = new Scratch();
        string Renamed(string name) => name.StartsWith("visual.", StringComparison.Ordinal) ? "model." + name
            : name.StartsWith("model.", StringComparison.Ordinal) ? "model.language_model." + name[6..] : name;
        SafeTensorsWriter.Save(scratch["model.safetensors"], [.. model.CheckpointTensors().Select(t => (Renamed(t.Name), t.Tensor))]);
        File.Copy(Path.Combine(dump.Checkpoint, "config.json"), scratch["config.json"]);
        QwenVl renamed = QwenVl.Load(scratch.Folder, out IReadOnlyList<string> unused);
        Assert.Empty(unused);
        using IDisposable paused = Tape.NoGrad();
        dump.Dump.Near("out.logits.0", renamed.Logits(dump.Ids[0], dump.Images[0]));
    }

    private static (QwenVl Model, QwenCase Dump) Load(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        QwenVl model = QwenVl.Load(Path.Combine(dump.Folder, "checkpoint"), out IReadOnlyList<string> unused);
        Assert.Empty(unused);
        return (model, new QwenCase(dump, model.Config.Vision.Merge));
    }
}
