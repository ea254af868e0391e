using System.Text;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Testing;

namespace HkaFer.Training.Tests.Fuzzing;

/// <summary>Damaged files beside a checkpoint and of its classes' texts.</summary>
[Trait("Category", Fuzz.Category)]
public sealed class ClipFuzzTests : IDisposable
{
    private readonly Scratch _scratch = Fuzz.Scratch();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Damaged_preprocessor_config_gives_a_preprocessing_or_a_named_error()
    {
        var encoder = new ClipImageEncoder(TinyClip.Config.Vision, TinyClip.Config.ProjectionWidth);
        Fuzz.Run(
            128 << 10,
            ((string[])
            [
                """{"crop_size":{"height":224,"width":224},"do_center_crop":true,"do_normalize":true,"do_rescale":true,"image_mean":[0.485,0.456,0.406],"image_std":[0.229,0.224,0.225],"resample":3,"rescale_factor":0.00392156862745098,"size":{"shortest_edge":256}}""",
                """{"crop_size":224,"do_center_crop":true,"do_normalize":true,"image_mean":[0.5,0.5,0.5],"image_std":[0.5,0.5,0.5],"resample":2,"size":224}""",
                """{"size":{"height":32,"width":32},"do_center_crop":false}""",
            ]).Select(Encoding.UTF8.GetBytes),
            Mutator.Json,
            bytes =>
            {
                _scratch.Write("preprocessor_config.json", bytes);
                Preprocessing read = CheckpointPreprocessing.Of(_scratch.Folder, encoder);
                read.Check();
                new PreprocessingSettings { Size = 4 }.Resolve(read).Check();
            });
        _scratch.AllClosed();
    }

    [Fact]
    public void Damaged_prompts_give_phrases_or_a_named_error()
    {
        Fuzz.Run(
            // Of their text: the file is read as a recipe's is.
            256 << 10,
            ((string[])
            [
                "neutral: a calm face\nHappy: [a smile, \"teeth: seen\"]\nodd one: 'it''s odd'\n",
                "# mine\nanger:\n  - brows down\n  - lips pressed\nfear: eyes wide\n",
            ]).Select(Encoding.UTF8.GetBytes),
            Mutator.Yaml,
            bytes =>
            {
                string text = Encoding.UTF8.GetString(bytes);
                IReadOnlyList<string> classes = ClassPrompts.ClassesIn(text, "prompts");
                Assert.Equal(classes.Order(StringComparer.Ordinal), ClassPrompts.Parse(text, "prompts", classes).Keys.Order(StringComparer.Ordinal));
            });
    }

    [Fact]
    public void Damaged_texts_of_an_adapter_give_phrases_or_a_named_error()
    {
        string config = TextHeads.ToJson(new ClipTextHead(2, 4), [["a smile", "teeth \"seen\""], ["brows down"]]).ToJsonString();
        Fuzz.Run(
            64 << 10, [Encoding.UTF8.GetBytes(config)], Mutator.Json,
            bytes =>
            {
                string path = _scratch.Write("text.json", bytes);
                (double temperature, IReadOnlyList<IReadOnlyList<string>> prompts) = TextHeads.Read(CheckpointFolder.ReadJson(path), _scratch.Folder);
                Assert.Equal(temperature, new ClipTextHead(2, 4, temperature).Temperature);
                Assert.DoesNotContain(null, prompts.SelectMany(phrases => phrases));
            });
        _scratch.AllClosed();
    }
}
