using System.Text.Json;
using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

/// <summary>
/// Adapters in the form that the PEFT library gives them on CLIP: neither head nor labels, keys of one encoder or of both. What they compute must be what a
/// checkpoint computes whose weights are W + s B A.
/// </summary>
public sealed class PeftClipTests : IDisposable
{
    private const int Rank = 2;
    private const double Alpha = 6;
    private static readonly TextSettings s_names = new() { Prompts = "names" };
    private static readonly string[] s_labels = ["neutral", "happiness", "surprise"];
    private static readonly string[] s_vision = [.. Enumerable.Range(0, 2).SelectMany(i => Layers($"vision_model.encoder.layers.{i}"))], s_text = [.. Layers("text_model.encoder.layers.0")];
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("vision")]
    [InlineData("vision, bare names")]
    [InlineData("both")]
    [InlineData("text")]
    [InlineData("text, bare names")]
    public void Adapter_gives_the_logits_of_the_changed_weights(string on)
    {
        string clip = TinyClip.Write(_scratch);
        string[] layers = [.. on.StartsWith("vision", StringComparison.Ordinal) || on == "both" ? s_vision : [], .. !on.StartsWith("vision", StringComparison.Ordinal) ? s_text : []];
        string adapter = WriteAdapter(
            clip, layers, path => on.EndsWith("bare names", StringComparison.Ordinal) ? path[(path.IndexOf('.') + 1)..] : path, on switch { "both" => "CLIPModel", "text, bare names" => "CLIPTextModel", _ => null });
        ExpressionModel read = ExpressionModel.Load(adapter, labels: s_labels, text: s_names), expected = ExpressionModel.ZeroShot(Changed(clip, layers), s_labels, s_names);
        ExpressionModel plain = ExpressionModel.ZeroShot(clip, s_labels, s_names);

        Near.Relative(Logits(expected), Logits(read), 1e-5, on);
        Assert.True(Logits(plain).Zip(Logits(read), (a, b) => Math.Abs(a - b)).Max() > 0.1, "the adapter does nothing");
        Assert.True(ExpressionModel.TakesTexts(adapter));

        // Saved here it has its texts, and needs none.
        read.Save(_scratch["saved"]);
        Assert.False(ExpressionModel.TakesTexts(_scratch["saved"]));
        Near.Relative(Logits(expected), Logits(ExpressionModel.Load(_scratch["saved"])), 1e-5, "saved");
    }

    [Fact]
    public void Without_labels_the_classes_are_those_of_the_prompts()
    {
        string adapter = WriteAdapter(TinyClip.Write(_scratch), s_vision);
        string mine = _scratch.Write("mine.yaml", "Happy: a smile\nbored: a yawn\n");
        Assert.Equal(["happiness", "bored"], ExpressionModel.Load(adapter, text: new TextSettings { Prompts = mine }).Labels);
        Assert.Equal(7, ExpressionModel.Load(adapter).Labels.Count);
    }

    [Fact]
    public void Adapter_of_the_whole_model_that_lacks_an_encoder_is_refused_by_name()
    {
        string adapter = WriteAdapter(TinyClip.Write(_scratch), s_vision, type: "CLIPModel");
        string message = Assert.Throws<HkaFerException>(() => ExpressionModel.Load(adapter, text: s_names)).Message;
        Assert.Contains("base_model.model.text_model.encoder.layers.0.self_attn.", message);
        Assert.Contains("is missing", message);
    }

    [Fact]
    public void Layer_that_is_not_there_is_refused_by_name()
    {
        string adapter = WriteAdapter(TinyClip.Write(_scratch), [.. s_vision, "vision_model.encoder.layers.7.self_attn.q_proj"]);
        Assert.Contains("vision_model.encoder.layers.7", Assert.Throws<HkaFerException>(() => ExpressionModel.Load(adapter, text: s_names)).Message);
    }

    [Fact]
    public void Head_of_the_library_on_clip_is_refused_with_the_remedy()
    {
        string adapter = WriteAdapter(TinyClip.Write(_scratch), s_vision, more: [("base_model.model.classifier.weight", Tensor.Zeros([3, 32])), ("base_model.model.classifier.bias", Tensor.Zeros([3]))]);
        string message = Assert.Throws<HkaFerException>(() => ExpressionModel.Load(adapter)).Message;
        Assert.Contains("mean of the patch tokens before the last norm", message);
        Assert.Contains("give the classes as texts (--prompts)", message);
    }

    [Fact]
    public void Image_encoder_alone_has_no_texts_to_give_classes()
    {
        string clip = TinyClip.Write(_scratch);
        ClipImageEncoder.Load(clip, out _).Save(_scratch["images"]);
        string adapter = WriteAdapter(_scratch["images"], s_vision);
        Assert.Contains("holds no text encoder", Assert.Throws<HkaFerException>(() => ExpressionModel.Load(adapter)).Message);
        ExpressionModel.Load(adapter, clip, text: s_names);
    }

    [Fact]
    public void Texts_are_not_given_to_a_model_that_has_its_own()
    {
        ExpressionModel.Load(WriteAdapter(TinyClip.Write(_scratch), s_vision), text: s_names).Save(_scratch["saved"]);
        Assert.Contains("has classes of its own", Assert.Throws<HkaFerException>(() => ExpressionModel.Load(_scratch["saved"], text: s_names)).Message);
    }

    [Fact]
    public void Set_of_adapters_says_how_to_give_one_its_texts()
    {
        string clip = TinyClip.Write(_scratch), adapter = WriteAdapter(clip, s_vision);
        Assert.Contains("hkafer convert", Assert.Throws<HkaFerException>(() => new AdapterSet(ImageEncoder.LoadFolder(clip)).Add("a", adapter)).Message);
        ModelConverter.ToAdapter(adapter, _scratch["with texts"], text: s_names);
        new AdapterSet(ImageEncoder.LoadFolder(clip)).Add("a", _scratch["with texts"]);
    }

    private static string[] Layers(string block) => [.. ((string[])["q_proj", "v_proj"]).Select(name => $"{block}.self_attn.{name}")];

    private string WriteAdapter(
        string clip, string[] layers, Func<string, string>? names = null, string? type = null, IEnumerable<(string, Tensor)>? more = null)
    {
        names ??= path => path;
        SafeTensorsWriter.Save(_scratch["adapter/adapter_model.safetensors"],
            [.. layers.SelectMany(path => ((string, Tensor)[])[($"base_model.model.{names(path)}.lora_A.weight", A(path)), ($"base_model.model.{names(path)}.lora_B.weight", B(path))]), .. more ?? []]);
        string mapping = type is null ? "null" : $$"""{"base_model_class":"{{type}}","parent_library":"transformers.models.clip.modeling_clip"}""";
        _scratch.Write("adapter/adapter_config.json", $$"""
            {"peft_type":"LORA","r":{{Rank}},"lora_alpha":{{Alpha}},"target_modules":["q_proj","v_proj"],"base_model_name_or_path":{{JsonSerializer.Serialize(clip)}},
             "auto_mapping":{{mapping}},"bias":"none","modules_to_save":null,"task_type":null}
            """);
        return _scratch["adapter"];
    }

    /// <summary>The checkpoint with the adapter in its weights.</summary>
    private string Changed(string clip, string[] layers)
    {
        ClipModel model = ClipModel.Load(clip, out _);
        foreach ((string name, Parameter parameter) in model.Parameters().Select(p => (p.Path, p.Parameter)).Where(p => layers.Contains(p.Path.Replace(".weight", "", StringComparison.Ordinal), StringComparer.Ordinal)).ToArray())
        {
            string path = name[..^".weight".Length];
            float[] a = A(path).ToFloats(), b = B(path).ToFloats(), w = parameter.Value.ToFloats();
            int rows = parameter.Shape[0], columns = parameter.Shape[1];
            for (int i = 0; i < w.Length; i++)
            {
                for (int r = 0; r < Rank; r++)
                {
                    w[i] += (float)(Alpha / Rank) * b[(i / columns * Rank) + r] * a[(r * columns) + (i % columns)];
                }
            }

            parameter.Value = Tensor.From(w, [rows, columns]);
        }

        model.Save(_scratch["changed"]);
        foreach (string file in (string[])["vocab.json", "merges.txt"])
        {
            File.Copy(Path.Combine(clip, file), _scratch[$"changed/{file}"], overwrite: true);
        }

        return _scratch["changed"];
    }

    private static int Width(string path) => path.StartsWith("text", StringComparison.Ordinal) ? TinyClip.Config.Text.Width : TinyClip.Config.Vision.Width;

    private static Tensor A(string path) => Init.Normal(0.5).Draw([Rank, Width(path)], 3, path);

    private static Tensor B(string path) => Init.Normal(0.5).Draw([Width(path), Rank], 4, path);

    private static float[] Logits(ExpressionModel model)
    {
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        return model.Classifier.Forward(TinyModels.Pixels(3, 32, 32)).ToFloats();
    }
}
