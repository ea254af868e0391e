using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

/// <summary>Exported models, run in ONNX Runtime beside ours.</summary>
public sealed class OnnxExportTests
{
    private const string Missing = "ONNX Runtime for Node.js is not installed: npm and node are needed";
    private static readonly VitConfig s_vit = new() { Width = 32, Depth = 2, Heads = 4, Patch = 8, ImageSize = 48 };
    private static readonly HeKA s_heka = new() { Sizes = [(4, 4), (4, 8), (8, 4), (8, 8)], Adapters = 4, Group = 8 };

    private static readonly Dictionary<string, Func<ExpressionModel>> s_models = new()
    {
        ["linear probe"] = () => Vit(s_vit, null),
        ["lora, merged"] = () => Vit(s_vit, new LoRA { Rank = 4 }),
        ["heka sum, merged"] = () => Vit(s_vit, s_heka with { Router = Router.Sum }),
        ["heka sb"] = () => Vit(s_vit, s_heka with { Router = Router.SpatialBranch }),
        ["heka rb"] = () => Vit(s_vit, s_heka with { Router = Router.RelationBranch }),
        ["heka dbir"] = () => Vit(s_vit, s_heka),
        ["heka dbir, strided"] = () => Vit(s_vit, s_heka with { Pooling = Pooling.Strided }),
        ["hoka dbir"] = () => Vit(s_vit, new HoKA { Sizes = [(8, 8), (8, 8)], Adapters = 2, Group = 8 }),
        ["registers"] = () => Vit(s_vit with { Registers = 3 }, s_heka),
        ["swiglu, no qkv bias"] = () => Vit(s_vit with { SwiGlu = true, QkvBias = false }, new LoRA { Rank = 4 }),
        ["resized positions"] = () => Vit(s_vit with { ImageSize = 72 }, null),
        ["class token and patch mean"] = () => Vit(s_vit, null, HeadPooling.ClassTokenAndPatchMean),
        ["clip, heka"] = Clip,
    };

    public static bool IsHere => OnnxRuntime.IsHere;

    public static TheoryData<string, int> Cases
    {
        get
        {
            var rows = new TheoryData<string, int>();
            foreach (string name in s_models.Keys) { rows.Add(name, 1); }

            // One file serves every batch.
            rows.Add("heka dbir", 3);
            rows.Add("clip, heka", 3);
            return rows;
        }
    }

    [Theory(SkipUnless = nameof(IsHere), Skip = Missing)]
    [MemberData(nameof(Cases))]
    public void Exported_model_gives_the_same_logits(string name, int batch)
    {
        using var scratch = new Scratch();
        ExpressionModel model = s_models[name]();
        OnnxExport.Write(model, scratch["model.onnx"]);
        float[] pixels = Pictures(model, batch);
        (float[] expected, IReadOnlyList<Prediction> predictions) = (Logits(model, pixels, batch), model.Predict(pixels, batch));

        (float[] logits, float[] probabilities) = OnnxRuntime.Run(scratch["model.onnx"], pixels, batch, model.Preprocessing.Size);

        Near.Relative(expected, logits, 1e-4, "logits");
        Near.Relative(predictions.SelectMany(p => p.Probabilities).ToArray(), probabilities, 1e-4, "probabilities");
    }

    [Fact]
    public void Model_is_as_it_was_after_the_export()
    {
        using var scratch = new Scratch();
        ExpressionModel model = s_models["lora, merged"]();
        byte[] before = ((VisionTransformer)model.Classifier.Backbone).Blocks[0].Mlp.In.Weight.Value.ToBytes();
        OnnxExport.Write(model, scratch["model.onnx"]);
        Assert.False(model.Adapter!.IsMerged);
        Assert.Equal(before, ((VisionTransformer)model.Classifier.Backbone).Blocks[0].Mlp.In.Weight.Value.ToBytes());
    }

    [Fact]
    public void Labels_and_preprocessing_travel_with_the_file()
    {
        using var scratch = new Scratch();
        OnnxExport.Write(s_models["linear probe"](), scratch["model.onnx"]);
        string text = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(scratch["model.onnx"]));
        Assert.Contains("[\"neutral\",\"happiness\",\"surprise\"]", text);
        Assert.Contains("\"size\":48", text);
        Assert.Contains("\"framing\":\"squash\"", text);
    }

    private static ExpressionModel Vit(VitConfig config, AdapterConfig? kind, HeadPooling pooling = HeadPooling.ClassToken)
    {
        var classifier = new Classifier(new VisionTransformer(config), ["neutral", "happiness", "surprise"], pooling);
        Adapter? adapter = kind is null ? null : classifier.Adapt(kind);
        return Filled(classifier, adapter);
    }

    private static ExpressionModel Clip()
    {
        var config = new ClipVisionConfig { Width = 32, Depth = 2, Heads = 4, MlpWidth = 64, Patch = 8, ImageSize = 48 };
        var classifier = new ClipClassifier(new ClipImageEncoder(config, 24), ["neutral", "happiness"], new ClipTextHead(2, 24));
        return Filled(classifier, Adapter.Attach(classifier.Backbone, s_heka));
    }

    private static ExpressionModel Filled(ImageClassifier classifier, Adapter? adapter)
    {
        classifier.Initialize(1);
        adapter?.Initialize(1);
        foreach ((string path, Parameter parameter) in adapter?.Parameters() ?? [])
        {
            // What starts at zero would hide a wrong node.
            parameter.Value = Init.Normal(0.1).Draw(parameter.Shape, 2, path);
        }

        return new ExpressionModel(classifier, adapter, new Preprocessing { Size = 48 }, "base");
    }

    private static float[] Pictures(ExpressionModel model, int batch)
    {
        int length = 3 * 48 * 48;
        float[] pixels = new float[batch * length];
        var faces = new FaceDataset(FaceDomain.Source, seed: 1, batch);
        for (int i = 0; i < batch; i++)
        {
            model.Preprocessing.Write(faces.Load(i), pixels.AsSpan(i * length, length));
        }

        return pixels;
    }

    private static float[] Logits(ExpressionModel model, float[] pixels, int batch)
    {
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        return model.Classifier.Forward(Tensor.From(pixels, [batch, 3, 48, 48])).ToFloats();
    }
}
