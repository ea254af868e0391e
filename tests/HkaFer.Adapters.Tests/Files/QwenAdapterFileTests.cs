using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Adapters.Tests;

public class QwenAdapterFileTests
{
    public static TheoryData<string> Dumps => Fixtures.Of("qwen2vl", "qwen25vl");

    [Theory]
    [InlineData(false, PeftNames.Version4, "base_model.model.model.layers.0.mlp.down_proj.lora_A.weight")]
    [InlineData(false, PeftNames.Version5, "base_model.model.model.language_model.layers.0.mlp.down_proj.lora_A.weight")]
    [InlineData(true, PeftNames.Version4, "base_model.model.model.layers.0.mlp.down_proj.lora_A.weight")]
    [InlineData(true, PeftNames.Version5, "base_model.model.model.language_model.layers.0.mlp.down_proj.lora_A.weight")]
    public void Adapter_is_read_back_as_it_was(bool windowed, PeftNames names, string first)
    {
        using var scratch = new Scratch();
        (QwenVl model, Adapter adapter) = Adapted(windowed);
        AdapterFile.Save(scratch.Folder, model, adapter, "base", new JsonObject { ["labels"] = new JsonArray("a", "b") }, names);

        AdapterFile file = AdapterFile.Open(scratch.Folder);
        using SafeTensorsFile tensors = SafeTensorsFile.Open(scratch["adapter_model.safetensors"]);
        Assert.Equal(first, tensors.Tensors.Keys.Order(StringComparer.Ordinal).First());
        Assert.Equal(adapter.Layers.Count() * 2, tensors.Tensors.Count);
        Assert.Equal(["a", "b"], file.Labels);
        Assert.Equal(0.05, file.Json.GetProperty("lora_dropout").GetDouble());
        Assert.Equal(windowed ? "Qwen2_5_VLForConditionalGeneration" : "Qwen2VLForConditionalGeneration", file.Json.GetProperty("auto_mapping").GetProperty("base_model_class").GetString());

        QwenVl other = TinyQwen.Model(windowed);
        Adapter read = file.AttachTo(other);
        Assert.Equal(new LoRA { Rank = 4, Alpha = 8, Dropout = 0.05 }, (LoRA)read.Config with { Targets = [] });
        Assert.Equal(adapter.Layers.Select(layer => layer.LayerPath), read.Layers.Select(layer => layer.LayerPath));
        Assert.Equal(Logits(model), Logits(other));
    }

    [Fact]
    public void Targets_pick_nothing_of_the_vision_tower()
    {
        // That of a 2.5 has layers of the same names.
        using var scratch = new Scratch();
        (QwenVl model, Adapter adapter) = Adapted(windowed: true);
        AdapterFile.Save(scratch.Folder, model, adapter, "base");
        string[] targets = [.. AdapterFile.Open(scratch.Folder).Json.GetProperty("target_modules").EnumerateArray().Select(t => t.GetString()!)];
        Assert.DoesNotContain("gate_proj", targets);
        Assert.Contains("q_proj", targets);
        Assert.All(AdapterFile.Open(scratch.Folder).AttachTo(TinyQwen.Model(true)).Layers, layer => Assert.StartsWith("model.layers.", layer.LayerPath));
    }

    [Fact]
    public void Adapter_of_another_model_is_refused()
    {
        using var scratch = new Scratch();
        (QwenVl model, Adapter adapter) = Adapted(false);
        AdapterFile.Save(scratch.Folder, model, adapter, "Qwen/Qwen2-VL-2B");
        QwenVl other = TinyQwen.Model(false, seed: 2);
        string message = Assert.Throws<HkaFerException>(() => AdapterFile.Open(scratch.Folder).AttachTo(other)).Message;
        Assert.Contains("was trained on another backbone (Qwen/Qwen2-VL-2B", message);
        Assert.Contains("--backbone", message);
        Assert.All(other.Modules().Select(m => m.Module).OfType<Linear>(), layer => Assert.Empty(layer.Adapters));
    }

    [Fact]
    public void Merged_adapter_is_saved_only_where_the_checkpoint_is_still_known()
    {
        using var scratch = new Scratch();
        (QwenVl model, Adapter adapter) = Adapted(false);
        adapter.Merge();
        Assert.Contains("unmerge it before it is saved", Assert.Throws<HkaFerException>(() => AdapterFile.Save(scratch.Folder, model, adapter, "base")).Message);

        (QwenVl known, Adapter second) = Adapted(false);
        string hash = ModelHash.Keep(known);
        second.Merge();
        AdapterFile.Save(scratch.Folder, known, second, "base");
        Assert.Equal(hash, AdapterFile.Open(scratch.Folder).Json.GetProperty("base_model_hash").GetString());
        QwenVl fresh = TinyQwen.Model(false);
        AdapterFile.Open(scratch.Folder).AttachTo(fresh).Merge();
        Assert.Equal(Logits(known), Logits(fresh));
    }

    [Theory]
    [Trait("Category", "Fixtures")]
    [MemberData(nameof(Dumps))]
    public void Adapter_of_the_library_is_written_again_as_it_wrote_it(string row)
    {
        using var scratch = new Scratch();
        FixtureCase dump = Fixtures.Open(row);
        QwenVl model = QwenVl.Load(Path.Combine(dump.Folder, "checkpoint"));
        string library = Path.Combine(dump.Folder, "adapter");
        AdapterFile.Save(scratch.Folder, model, AdapterFile.Open(library).AttachTo(model), "base", names: PeftNames.Version5);
        using SafeTensorsFile theirs = SafeTensorsFile.Open(Path.Combine(library, "adapter_model.safetensors")), ours = SafeTensorsFile.Open(scratch["adapter_model.safetensors"]);
        Assert.Equal(theirs.Tensors.Keys.Order(StringComparer.Ordinal), ours.Tensors.Keys.Order(StringComparer.Ordinal));
        Assert.All(theirs.Tensors.Keys, key => Assert.Equal(theirs.Read(key).ToFloats(), ours.Read(key).ToFloats()));
        JsonElement before = CheckpointFolder.ReadJson(Path.Combine(library, "adapter_config.json")), after = AdapterFile.Open(scratch.Folder).Json;
        foreach (string key in (string[])["peft_type", "r", "lora_alpha", "lora_dropout", "auto_mapping", "bias", "use_rslora", "use_dora", "task_type", "modules_to_save"])
        {
            Assert.True(JsonElement.DeepEquals(before.GetProperty(key), after.GetProperty(key)), key);
        }
    }

    private static (QwenVl Model, Adapter Adapter) Adapted(bool windowed)
    {
        QwenVl model = TinyQwen.Model(windowed);
        Adapter adapter = Adapter.Attach(model, new LoRA { Rank = 4, Dropout = 0.05 });
        adapter.Initialize(2);
        var rng = new Rng(3);
        foreach (LowRankLayer layer in adapter.Layers.Cast<LowRankLayer>())
        {
            layer.B.Value = Tensor.From<float>([.. Enumerable.Range(0, (int)layer.B.Shape.Count).Select(_ => (float)rng.Uniform(-0.1, 0.1))], layer.B.Shape);
        }

        return (model, adapter);
    }

    private static float[] Logits(QwenVl model)
    {
        using IDisposable paused = Tape.NoGrad();
        return model.Logits(TinyQwen.Prompt(6), [TinyQwen.Image(4, 6)]).ToFloats();
    }
}
