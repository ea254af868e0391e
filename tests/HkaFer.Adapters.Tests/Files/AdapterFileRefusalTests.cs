using System.Text.Json.Nodes;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;
using static HkaFer.Adapters.Tests.AdapterKinds;

namespace HkaFer.Adapters.Tests;

/// <summary>What does not fit is refused by name, and the model is as it was.</summary>
public class AdapterFileRefusalTests
{
    private const string Config = "adapter_config.json";
    private const string Weights = "adapter_model.safetensors";

    [Theory]
    [InlineData("lora")]
    [InlineData("heka")]
    public void Adapter_of_another_backbone_is_refused(string kind)
    {
        using Scratch scratch = Saved(kind);
        Refused(scratch, "another backbone", Model(seed: 2));
    }

    [Theory]
    [InlineData("anger", "joy", "surprise")]
    [InlineData("joy", "anger", "neutral")]
    [InlineData("anger", "joy")]
    public void Adapter_of_other_labels_is_refused(params string[] labels)
    {
        using Scratch scratch = Saved("lora");
        var model = new Classifier(TinyModels.Vit(1, AdapterKinds.Config), labels);
        model.Initialize(1);
        Refused(scratch, "trained on the labels [anger, joy, neutral]", model);
    }

    [Theory]
    [InlineData("lora", "fc1", "have no place in this model")]
    [InlineData("lora on qkv", "fc2", "missing")]
    [InlineData("heka", "qkv", "have no place in this model")]
    [InlineData("lora", "query", "have no place in this model")]
    [InlineData("lora", "c_attn", "matches no linear layer")]
    public void Adapter_of_other_targets_is_refused(string kind, string target, string expected)
    {
        using Scratch scratch = Saved(kind);
        Edit(scratch, json => json["target_modules"] = new JsonArray(target));
        Refused(scratch, expected);
    }

    [Theory]
    [InlineData("peft_type", "\"DORA\"", "peft_type is 'DORA'")]
    [InlineData("peft_type", "7", "peft_type is 7")]
    [InlineData("peft_type", "null", "peft_type is ''")]
    [InlineData("heka_method", "\"x\"", "heka_method is 'x'")]
    [InlineData("adapters", "0", "adapters is 0")]
    [InlineData("adapters", "1000000000", "adapters is 1000000000")]
    [InlineData("adapters", "3", "3 adapters, but 4 sizes")]
    [InlineData("adapters", "null", "'adapters' is missing")]
    [InlineData("sizes", "[[4,4],[4]]", "pairs [q, l]")]
    [InlineData("sizes", "[[4,4],[4,-4],[4,4],[4,4]]", "positive")]
    [InlineData("sizes", "[[4,4],[4,4],[4,4],[4,5]]", "is not divisible by 5")]
    [InlineData("sizes", "[[4,4],[4,4],[4,4],[4,4]]", "has shape [4, 8]; expected [4, 4]")]
    [InlineData("router", "\"top1\"", "router is 'top1'")]
    [InlineData("router", "\"sb\"", "have no place")]
    [InlineData("pooling", "\"max\"", "pooling is 'max'")]
    [InlineData("init", "\"zeros\"", "init is 'zeros'")]
    [InlineData("group", "5", "group 5")]
    [InlineData("beta", "\"2\"", "beta is \"2\"")]
    [InlineData("beta", "1e999", "beta is 1e999")]
    [InlineData("target_modules", "\".*fc1\"", "have no place in this model")]
    [InlineData("target_modules", "7", "list of strings")]
    [InlineData("target_modules", "null", "matches no linear layer")]
    [InlineData("target_modules", "\"(\"", "is not a regular expression")]
    [InlineData("exclude_modules", "[\"fc1\"]", "have no place in this model")]
    [InlineData("exclude_modules", "\".*\"", "matches no linear layer")]
    [InlineData("layers_to_transform", "0", "have no place in this model")]
    [InlineData("layers_to_transform", "\"0\"", "an integer or a list of integers")]
    [InlineData("labels", "{}", "labels is {}")]
    public void Config_that_does_not_fit_is_refused_by_key(string key, string value, string expected)
    {
        using Scratch scratch = Saved("heka");
        Edit(scratch, json => json[key] = JsonNode.Parse(value));
        Refused(scratch, expected);
    }

    [Theory]
    [InlineData("r", "0", "r is 0")]
    [InlineData("r", "5", "expected [5, 32]")]
    [InlineData("r", "1000000", "r is 1000000")]
    [InlineData("lora_alpha", "[]", "lora_alpha is []")]
    [InlineData("use_dora", "true", "lora_magnitude_vector' is missing")]
    [InlineData("use_dora", "1", "use_dora is 1")]
    [InlineData("rank_pattern", "{\"fc1\":8}", "expected [8, 32]")]
    [InlineData("rank_pattern", "{\"fc1\":1.5}", "gives 'fc1' the rank 1.5")]
    [InlineData("rank_pattern", "[8]", "an object from patterns to numbers")]
    [InlineData("alpha_pattern", "{\"[\":8}", "is not a regular expression")]
    [InlineData("bias", "\"some\"", "bias is 'some'")]
    [InlineData("lora_bias", "true", "lora_bias is not supported")]
    [InlineData("layer_replication", "[[0,1]]", "layer_replication is not supported")]
    [InlineData("init_lora_weights", "\"pissa\"", "changes the base model's weights")]
    public void Lora_config_that_does_not_fit_is_refused_by_key(string key, string value, string expected)
    {
        using Scratch scratch = Saved("lora");
        Edit(scratch, json => json[key] = JsonNode.Parse(value));
        Refused(scratch, expected);
    }

    [Theory]
    [InlineData("base_model.model.classifier.bias", "'base_model.model.classifier.bias' is missing")]
    [InlineData("base_model.model.dinov2.encoder.layer.1.mlp.fc2.lora_B.weight", "fc2.lora_B.weight' is missing")]
    [InlineData("base_model.model.dinov2.encoder.layer.0.attention.attention.key.lora_A.weight", "key.lora_A.weight' is missing")]
    public void Missing_tensor_is_named(string name, string expected)
    {
        using Scratch scratch = Saved("lora");
        Rewrite(scratch, tensors => tensors.Where(t => t.Name != name));
        Refused(scratch, expected);
    }

    [Fact]
    public void Tensor_without_a_place_is_named()
    {
        using Scratch scratch = Saved("lora");
        Rewrite(scratch, tensors => tensors.Append(("base_model.model.dinov2.encoder.layer.0.mlp.fc1.bias", Tensor.Zeros([128]))));
        Refused(scratch, "1 tensor(s) have no place in this model: base_model.model.dinov2.encoder.layer.0.mlp.fc1.bias");
    }

    [Fact]
    public void Missing_files_are_named()
    {
        using Scratch scratch = Saved("lora");
        File.Delete(scratch[Weights]);
        Refused(scratch, scratch[Weights]);
        File.Delete(scratch[Config]);
        Assert.False(AdapterFile.Exists(scratch.Folder));
        Refused(scratch, scratch[Config]);
    }

    private static Scratch Saved(string kind)
    {
        var scratch = new Scratch();
        Classifier model = Model();
        AdapterFile.Save(scratch.Folder, model, Trained(model, kind), "base");
        return scratch;
    }

    private static void Edit(Scratch scratch, Action<JsonObject> change)
    {
        JsonObject json = JsonNode.Parse(File.ReadAllText(scratch[Config]))!.AsObject();
        change(json);
        scratch.Write(Config, json.ToJsonString());
    }

    private static void Rewrite(Scratch scratch, Func<IEnumerable<(string Name, Tensor Tensor)>, IEnumerable<(string Name, Tensor Tensor)>> change)
    {
        (string, Tensor)[] tensors;
        using (SafeTensorsFile file = SafeTensorsFile.Open(scratch[Weights]))
        {
            tensors = [.. change([.. file.Tensors.Keys.Select(name => (name, file.Read(name)))])];
        }

        SafeTensorsWriter.Save(scratch[Weights], tensors);
    }

    private static void Refused(Scratch scratch, string expected, Classifier? model = null)
    {
        model ??= Model();
        string hash = ModelHash.Of(model);
        bool[] trainable = [.. model.Parameters().Select((p, i) => p.Parameter.Trainable = i % 2 == 0)];
        ClassifierHead head = model.Head;
        string message = Assert.Throws<HkaFerException>(() => AdapterFile.Open(scratch.Folder).LoadInto(model)).Message;
        Assert.Contains(expected, message);
        Assert.Equal(hash, ModelHash.Of(model));
        Assert.Equal(trainable, model.Parameters().Select(p => p.Parameter.Trainable));
        Assert.Same(head, model.Head);
        Assert.All(model.Backbone.Modules().Select(m => m.Module).OfType<Linear>(), l => Assert.Empty(l.Adapters));
        scratch.AllClosed();
    }
}
