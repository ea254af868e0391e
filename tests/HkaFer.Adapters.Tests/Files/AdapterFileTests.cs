using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;
using static HkaFer.Adapters.Tests.AdapterKinds;

namespace HkaFer.Adapters.Tests;

public class AdapterFileTests
{
    public static TheoryData<string> Kinds() => All();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Saved_adapter_comes_back_with_the_same_bits_and_logits(string kind)
    {
        using var scratch = new Scratch();
        Classifier model = Model();
        Adapter adapter = Trained(model, kind);
        AdapterFile.Save(scratch.Folder, model, adapter, "base");
        Classifier other = Bare();
        Adapter read = AdapterFile.Open(scratch.Folder).LoadInto(other, "read")!;
        Assert.Equal("read", read.Name);
        Assert.Equal(adapter.Layers.Select(l => (l.LayerPath, l.In, l.Out)), read.Layers.Select(l => (l.LayerPath, l.In, l.Out)));
        foreach (((string path, Parameter a), (string same, Parameter b)) in adapter.Parameters().Zip(read.Parameters()))
        {
            Assert.Equal(path, same);
            Assert.Equal(a.Value.ToBytes(), b.Value.ToBytes());
        }

        Assert.Equal(adapter.ParameterCount, read.ParameterCount);
        Assert.Equal(Logits(model), Logits(other));
        Assert.Equal(model.Head.ParameterCount, other.TrainableCount);
        scratch.AllClosed();

        // Written again, not a byte differs.
        byte[] weights = File.ReadAllBytes(scratch["adapter_model.safetensors"]), config = File.ReadAllBytes(scratch["adapter_config.json"]);
        AdapterFile.Save(scratch.Folder, other, read, "base");
        Assert.Equal(weights, File.ReadAllBytes(scratch["adapter_model.safetensors"]));
        Assert.Equal(config, File.ReadAllBytes(scratch["adapter_config.json"]));
    }

    [Fact]
    public void Config_holds_every_option()
    {
        using var scratch = new Scratch();
        Classifier model = Model();
        Adapter adapter = model.Adapt(new HeKA { Adapters = 2, Router = Router.RelationBranch, Pooling = Pooling.Strided, Group = 8, Beta = 1.5, NormalInit = true });
        adapter.Initialize(1);
        AdapterFile.Save(scratch.Folder, model, adapter, "some/base", new JsonObject { ["preprocessing"] = new JsonObject { ["size"] = 224 } });
        AdapterFile file = AdapterFile.Open(scratch.Folder);
        JsonElement json = file.Json;
        Assert.Equal("HEKA", json.GetProperty("peft_type").GetString());
        Assert.Equal("heka", json.GetProperty("heka_method").GetString());
        Assert.Equal(2, json.GetProperty("adapters").GetInt32());
        Assert.Equal("[[4,8],[8,4]]", JsonSerializer.Serialize(json.GetProperty("sizes")));
        Assert.Equal("rb", json.GetProperty("router").GetString());
        Assert.Equal("strided", json.GetProperty("pooling").GetString());
        Assert.Equal(8, json.GetProperty("group").GetInt32());
        Assert.Equal(1.5, json.GetProperty("beta").GetDouble());
        Assert.Equal("normal", json.GetProperty("init").GetString());
        Assert.Equal(224, json.GetProperty("preprocessing").GetProperty("size").GetInt32());
        Assert.Equal(ModelHash.Of(model.Backbone), json.GetProperty("base_model_hash").GetString());
        Assert.Equal("some/base", file.Base);
        Assert.Equal(Labels, file.Labels);
        var read = Assert.IsType<HeKA>(file.Config);
        Assert.Equal((Router.RelationBranch, Pooling.Strided, 8, 1.5, true), (read.Router, read.Pooling, read.Group, read.Beta, read.NormalInit));
    }

    [Fact]
    public void Lora_on_qkv_is_written_as_query_key_and_value()
    {
        using var scratch = new Scratch();
        Classifier model = Model();
        Adapter adapter = Adapt(model, "lora");
        var layer = (LoraLayer)adapter.Layers.First();
        layer.B.Value = Tensor.From([.. Enumerable.Range(0, 96 * 4).Select(i => (float)i)], [96, 4]);
        AdapterFile.Save(scratch.Folder, model, adapter, "base");
        using SafeTensorsFile file = SafeTensorsFile.Open(scratch["adapter_model.safetensors"]);
        const string attention = "base_model.model.dinov2.encoder.layer.0.attention.attention.";
        foreach ((string part, int at) in (ReadOnlySpan<(string, int)>)[("query", 0), ("key", 1), ("value", 2)])
        {
            Assert.Equal(layer.A.Value.ToFloats(), file.Read($"{attention}{part}.lora_A.weight").ToFloats());
            Assert.Equal(Enumerable.Range(at * 128, 128).Select(i => (float)i), file.Read($"{attention}{part}.lora_B.weight").ToFloats());
        }

        Assert.DoesNotContain(file.Tensors.Keys, key => key.Contains("qkv", StringComparison.Ordinal));
        Assert.Equal(
            ["query", "key", "value", "output.dense", "fc1", "fc2"],
            AdapterFile.Open(scratch.Folder).Json.GetProperty("target_modules").EnumerateArray().Select(t => t.GetString()));
    }

    [Fact]
    public void Adapter_on_some_layers_of_a_kind_names_them_whole()
    {
        using var scratch = new Scratch();
        Classifier model = Model();
        AdapterFile.Save(scratch.Folder, model, Trained(model, "lora on one layer"), "base");
        Assert.Equal(
            [
                "encoder.layer.0.attention.attention.query", "encoder.layer.0.attention.attention.key",
                "encoder.layer.0.attention.attention.value", "encoder.layer.1.mlp.fc1",
            ],
            AdapterFile.Open(scratch.Folder).Json.GetProperty("target_modules").EnumerateArray().Select(t => t.GetString()!));
    }

    [Fact]
    public void Linear_probe_is_a_head_alone()
    {
        using var scratch = new Scratch();
        Classifier model = Model();
        model.TrainHeadOnly();
        Step(model, null, 0.5);
        AdapterFile.Save(scratch.Folder, model, null, "base");
        Classifier other = Bare();
        AdapterFile file = AdapterFile.Open(scratch.Folder);
        Assert.Null(file.Config);
        Assert.Null(file.LoadInto(other));
        Assert.Equal(Logits(model), Logits(other));
        Assert.Equal(other.Head.ParameterCount, other.TrainableCount);
        using SafeTensorsFile tensors = SafeTensorsFile.Open(scratch["adapter_model.safetensors"]);
        Assert.Equal(["base_model.model.classifier.bias", "base_model.model.classifier.weight"], tensors.Tensors.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Head_on_the_class_token_is_exported_with_zeros_for_the_patches()
    {
        using var scratch = new Scratch();
        Classifier model = Model();
        AdapterFile.Save(scratch.Folder, model, null, "base");
        using SafeTensorsFile file = SafeTensorsFile.Open(scratch["adapter_model.safetensors"]);
        Tensor weight = file.Read("base_model.model.classifier.weight");
        Assert.Equal([3, 64], weight.Shape.Sizes.ToArray());
        Assert.Equal(model.Head.Weight.Value.ToFloats(), weight.Slice(1, 0, 32).ToFloats());
        Assert.All(weight.Slice(1, 32, 32).ToFloats(), w => Assert.Equal(0, w));

        // A head that reads both takes it as it is.
        var both = new Classifier(TinyModels.Vit(1, Config), Labels, HeadPooling.ClassTokenAndPatchMean);
        both.Initialize(9);
        AdapterFile.Open(scratch.Folder).LoadInto(both);
        Assert.Equal(HeadPooling.ClassTokenAndPatchMean, both.Head.Pooling);
        Near.Relative(Logits(model), Logits(both), 1e-6, "zeros add nothing but rounding");
    }

    [Fact]
    public void Head_that_reads_the_patches_keeps_doing_so()
    {
        using var scratch = new Scratch();
        var model = new Classifier(TinyModels.Vit(1, Config), Labels, HeadPooling.ClassTokenAndPatchMean);
        model.Initialize(4);
        Adapter adapter = Trained(model, "lora");
        AdapterFile.Save(scratch.Folder, model, adapter, "base");
        Classifier other = Bare();
        AdapterFile.Open(scratch.Folder).LoadInto(other);
        Assert.Equal(HeadPooling.ClassTokenAndPatchMean, other.Head.Pooling);
        Assert.Equal([3, 64], other.Head.Weight.Shape.Sizes.ToArray());
        Assert.Equal(Logits(model), Logits(other));
        Assert.Contains(other.Parameters(), p => p.Path == "classifier.weight" && p.Parameter == other.Head.Weight);
        Assert.Equal("classifier.weight", other.Head.Weight.Path);
        Assert.Equal(other.Head.ParameterCount, other.TrainableCount);
    }

    [Fact]
    public void Merged_adapter_is_not_saved()
    {
        using var scratch = new Scratch();
        Classifier model = Model();
        Adapter adapter = Trained(model, "lora");
        adapter.Merge();
        Assert.Contains("unmerge", Assert.Throws<HkaFerException>(() => AdapterFile.Save(scratch.Folder, model, adapter, "base")).Message);
        Assert.Empty(Directory.GetFiles(scratch.Folder));
    }

    /// <summary>A model with the backbone that the adapters were made on and another head, that nothing was attached to.</summary>
    private static Classifier Bare()
    {
        var model = new Classifier(TinyModels.Vit(1, Config), Labels);
        model.Initialize(77);
        return model;
    }
}
