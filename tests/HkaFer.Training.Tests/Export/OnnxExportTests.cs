using System.Text.Json.Nodes;
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
    private static readonly ClipVisionConfig s_clip = new() { Width = 32, Depth = 2, Heads = 4, MlpWidth = 64, Patch = 8, ImageSize = 48 };
    private static readonly HeKA s_heka = new() { Sizes = [(4, 4), (4, 8), (8, 4), (8, 8)], Adapters = 4, Group = 8 };

    private static readonly Dictionary<string, Func<ExpressionModel>> s_models = new()
    {
        ["linear probe"] = () => Vit(s_vit, null),
        ["lora, merged"] = () => Vit(s_vit, new LoRA { Rank = 4 }),
        ["lora on query and value, merged"] = () => Vit(s_vit, new LoRA { Rank = 2, Targets = ["query", "value"] }),
        ["dora, merged"] = () => Vit(s_vit, new DoRA { Rank = 4 }),
        ["lokr, merged"] = () => Vit(s_vit, new LoKr { Rank = 2 }),
        ["heka sum, merged"] = () => Vit(s_vit, s_heka with { Router = Router.Sum }),
        ["heka sb"] = () => Vit(s_vit, s_heka with { Router = Router.SpatialBranch }),
        ["heka rb"] = () => Vit(s_vit, s_heka with { Router = Router.RelationBranch }),
        ["heka dbir"] = () => Vit(s_vit, s_heka),
        ["heka dbir, strided"] = () => Vit(s_vit, s_heka with { Pooling = Pooling.Strided }),
        ["heka dbir on query and value"] = () => Vit(s_vit, s_heka with { Targets = ["query", "value"] }),
        ["heka dbir, two adapters"] = Two,
        ["hoka dbir"] = () => Vit(s_vit, new HoKA { Sizes = [(8, 8), (8, 8)], Adapters = 2, Group = 8 }),
        ["registers"] = () => Vit(s_vit with { Registers = 3 }, s_heka),
        ["swiglu, no qkv bias"] = () => Vit(s_vit with { SwiGlu = true, QkvBias = false }, new LoRA { Rank = 4 }),
        ["resized positions"] = () => Vit(s_vit with { ImageSize = 72 }, null),
        ["class token and patch mean"] = () => Vit(s_vit, null, HeadPooling.ClassTokenAndPatchMean),
        ["clip, heka"] = Clip,
        ["clip, linear head"] = () => Filled(
            new Classifier(new ClipImageEncoder(s_clip, 24), ["neutral", "happiness"]), null),
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

    [Theory(SkipUnless = nameof(IsHere), Skip = Missing)]
    [InlineData("heka dbir", 0)]
    [InlineData("lora, merged", 1 << 20)]
    [InlineData("clip, heka", 0)]
    public void Weights_beyond_the_limit_stand_in_a_second_file_and_give_the_same_logits(string name, long limit)
    {
        using var scratch = new Scratch();
        ExpressionModel model = s_models[name]();
        OnnxExport.Write(model, scratch["model.onnx"], limit);
        float[] pixels = Pictures(model, 2);

        (float[] logits, _) = OnnxRuntime.Run(scratch["model.onnx"], pixels, 2, model.Preprocessing.Size);

        Near.Relative(Logits(model, pixels, 2), logits, 1e-4, "logits");
        OnnxFile file = OnnxFile.Open(scratch["model.onnx"]);
        Assert.Equal(["model.onnx.data"], file.DataFiles);
        Assert.Equal(["model.onnx", "model.onnx.data"], Directory.GetFiles(scratch.Folder).Select(Path.GetFileName).Order());
        OnnxExport.Write(model, scratch["one.onnx"]);
        OnnxFile one = OnnxFile.Open(scratch["one.onnx"]);
        Assert.Empty(one.DataFiles);
        Assert.Equal(one.Weights.OrderBy(w => w.Name).Select(w => (w.Name, w.Bytes)), file.Weights.OrderBy(w => w.Name).Select(w => (w.Name, w.Bytes)));
    }

    [Fact]
    public void Second_file_of_a_graph_that_is_replaced_or_stopped_leaves_nothing_that_does_not_belong_together()
    {
        using var scratch = new Scratch();
        ExpressionModel first = s_models["linear probe"](), second = s_models["lora, merged"]();
        OnnxExport.Write(first, scratch["model.onnx"], 0);
        byte[] before = File.ReadAllBytes(scratch["model.onnx.data"]);
        OnnxExport.Write(second, scratch["model.onnx"], 0);
        Assert.NotEqual(before, File.ReadAllBytes(scratch["model.onnx.data"]));

        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        Assert.Throws<OperationCanceledException>(() => OnnxExport.Write(first, scratch["other.onnx"], 0, stopped.Token));
        Assert.Equal(["model.onnx", "model.onnx.data"], Directory.GetFiles(scratch.Folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Second_file_goes_with_the_graph_that_needs_it()
    {
        using var scratch = new Scratch();
        ExpressionModel model = s_models["linear probe"]();
        string path = scratch["model.onnx"], data = scratch["model.onnx.data"];
        OnnxExport.Write(model, path, 0);
        OnnxExport.Write(model, path);
        Assert.Equal([path], Directory.GetFiles(scratch.Folder));
        Assert.Empty(OnnxFile.Open(path).DataFiles);
    }

    [Theory]
    [InlineData("nobody's")]
    [InlineData("another program's")]
    [InlineData("no graph's")]
    [InlineData("a graph's without it")]
    public void Second_file_that_is_not_ours_stays(string whose)
    {
        using var scratch = new Scratch();
        ExpressionModel model = s_models["linear probe"]();
        string path = scratch["model.onnx"], data = scratch["model.onnx.data"];
        if (whose == "no graph's")
        {
            File.WriteAllText(path, "<html>");
        }
        else if (whose != "nobody's")
        {
            OnnxExport.Write(model, path, whose == "another program's" ? 0 : int.MaxValue);
            byte[] graph = File.ReadAllBytes(path);
            "pytrch"u8.CopyTo(graph.AsSpan(graph.AsSpan().IndexOf("HkaFer"u8)));
            File.WriteAllBytes(path, whose == "another program's" ? graph : File.ReadAllBytes(path));
        }

        File.WriteAllText(data, "mine");
        byte[]? before = File.Exists(path) ? File.ReadAllBytes(path) : null;
        string message = Assert.Throws<HkaFerException>(() => OnnxExport.Write(model, path, 0)).Message;
        Assert.Contains("model.onnx.data is there and belongs to no model.onnx of ours", message);
        Assert.Equal(before, File.Exists(path) ? File.ReadAllBytes(path) : null);

        OnnxExport.Write(model, path);
        Assert.Equal("mine", File.ReadAllText(data));
    }

    /// <summary>
    /// The file holds the frozen weights as bfloat16 rounded them, in float32 arithmetic. Our own pass rounds the layers' inputs as well, and stays within 1 % of the
    /// largest logit here.
    /// </summary>
    [Theory(SkipUnless = nameof(IsHere), Skip = Missing)]
    [InlineData("lora, merged")]
    [InlineData("heka dbir")]
    public void Model_with_bfloat16_layers_gives_the_logits_of_its_weights_in_float32(string name)
    {
        using var scratch = new Scratch();
        ExpressionModel narrow = s_models[name](), wide = s_models[name]();
        narrow.Classifier.SetTrainable(false);
        narrow.Classifier.Backbone.NarrowFrozenLayers();
        foreach (((_, Parameter from), (_, Parameter to)) in narrow.Classifier.Parameters().Zip(wide.Classifier.Parameters()))
        {
            to.Value = from.Value.To(DType.Float32);
        }

        Assert.Contains(narrow.Classifier.Parameters(), p => p.Parameter.Value.DType == DType.BFloat16);
        OnnxExport.Write(narrow, scratch["model.onnx"]);
        float[] pixels = Pictures(narrow, 2);

        (float[] logits, _) = OnnxRuntime.Run(scratch["model.onnx"], pixels, 2, 48);

        Near.Relative(Logits(wide, pixels, 2), logits, 1e-4, "float32 pass");
        Near.Relative(Logits(narrow, pixels, 2), logits, 1e-2, "bfloat16 pass");
    }

    [Fact(SkipUnless = nameof(IsHere), Skip = Missing)]
    public void Trained_biases_beside_a_router_are_nodes_of_the_graph()
    {
        using var scratch = new Scratch();
        ExpressionModel heka = Vit(s_vit, s_heka with { Targets = ["fc1"] });
        heka.Classifier.Backbone.Save(scratch["base"]);
        new ExpressionModel(heka.Classifier, heka.Adapter, heka.Preprocessing, scratch["base"]).Save(scratch["adapter"]);
        AddBiases(scratch["adapter"]);
        ExpressionModel model = ExpressionModel.Load(scratch["adapter"]);
        Assert.Equal(2, model.Adapter!.Layers.OfType<BiasLayer>().Count());
        OnnxExport.Write(model, scratch["model.onnx"]);
        float[] pixels = Pictures(model, 1);

        (float[] logits, _) = OnnxRuntime.Run(scratch["model.onnx"], pixels, 1, 48);

        Near.Relative(Logits(model, pixels, 1), logits, 1e-4, "logits");
    }

    [Fact]
    public void Adapter_that_is_not_the_model_s_own_is_refused_by_name()
    {
        using var scratch = new Scratch();
        ExpressionModel model = s_models["heka dbir"]();
        Adapter other = Adapter.Attach(model.Classifier.Backbone, new LoRA { Rank = 2, Targets = ["fc1"] }, "other");
        other.Initialize(3);
        string message = Assert.Throws<HkaFerException>(() => OnnxExport.Write(model, scratch["model.onnx"])).Message;
        Assert.Contains("encoder.layer.0.mlp.fc1: a LoraLayer beside the model's own adapter", message);
        Assert.Contains("merge it first, or disable it", message);
        other.Enabled = false;
        OnnxExport.Write(model, scratch["model.onnx"]);
    }

    [Fact]
    public void Adapter_of_a_user_s_own_that_is_not_linear_is_refused_with_its_reason()
    {
        using var scratch = new Scratch();
        string message = Assert.Throws<HkaFerException>(() => OnnxExport.Write(Vit(s_vit, new Curved()), scratch["model.onnx"])).Message;
        Assert.Contains("a CurvedLayer has no form in a graph and cannot be merged (it is curved)", message);
    }

    [Theory]
    [InlineData("lora, merged")]
    [InlineData("heka dbir")]
    public void Disabled_adapter_is_refused(string name)
    {
        using var scratch = new Scratch();
        ExpressionModel model = s_models[name]();
        model.Adapter!.Enabled = false;
        Assert.Contains("is disabled", Assert.Throws<HkaFerException>(() => OnnxExport.Write(model, scratch["model.onnx"])).Message);
        Assert.False(File.Exists(scratch["model.onnx"]));
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

    /// <summary>As an adapter is whose layers' biases were trained with it.</summary>
    private static void AddBiases(string folder)
    {
        string weights = Path.Combine(folder, "adapter_model.safetensors"), config = Path.Combine(folder, "adapter_config.json");
        var tensors = new List<(string, Tensor)>();
        using (SafeTensorsFile file = SafeTensorsFile.Open(weights))
        {
            tensors.AddRange(file.Tensors.Keys.Select(name => (name, file.Read(name))));
        }

        for (int i = 0; i < s_vit.Depth; i++)
        {
            tensors.Add(($"base_model.model.dinov2.encoder.layer.{i}.mlp.fc1.base_layer.bias", Init.Normal(0.5).Draw([s_vit.MlpWidth], 4, $"{i}")));
        }

        SafeTensorsWriter.Save(weights, tensors);
        JsonNode json = JsonNode.Parse(File.ReadAllText(config))!;
        json["bias"] = "lora_only";
        File.WriteAllText(config, json.ToJsonString());
    }

    private static ExpressionModel Two()
    {
        ExpressionModel model = Vit(s_vit, s_heka);
        Fill(Adapter.Attach(model.Classifier.Backbone, s_heka with { Adapters = 2, Sizes = [(4, 4), (8, 8)] }, "second"), 5);
        return model;
    }

    private static ExpressionModel Clip()
    {
        var classifier = new ClipClassifier(new ClipImageEncoder(s_clip, 24), ["neutral", "happiness"], new ClipTextHead(2, 24));
        return Filled(classifier, Adapter.Attach(classifier.Backbone, s_heka));
    }

    private static ExpressionModel Filled(ImageClassifier classifier, Adapter? adapter)
    {
        classifier.Initialize(1);
        if (adapter is not null)
        {
            Fill(adapter, 2);
        }

        return new ExpressionModel(classifier, adapter, new Preprocessing { Size = 48 }, "base");
    }

    /// <summary>What starts at zero would hide a wrong node.</summary>
    private static void Fill(Adapter adapter, ulong seed)
    {
        foreach ((string path, Parameter parameter) in adapter.Parameters())
        {
            parameter.Value = Init.Normal(0.1).Draw(parameter.Shape, seed, path);
        }
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

    private sealed record Curved : AdapterConfig
    {
        public override string Method => "curved";

        public override string PeftType => "CURVED";

        public override AdapterLayer Create(string path, int input, int output, int hidden) => new CurvedLayer(path, input, output);

        public override void Write(JsonObject json, int hidden)
        {
        }
    }

    private sealed class CurvedLayer(string path, int input, int output) : AdapterLayer(path, input, output)
    {
        public override string? MergeObstacle => "it is curved";

        protected override Tensor AddEnabled(Tensor x, Tensor y) => Ops.Gelu(y);
    }
}
