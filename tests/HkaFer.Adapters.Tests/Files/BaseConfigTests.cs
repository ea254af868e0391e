using System.Text.Json.Nodes;
using HkaFer.Models;
using HkaFer.Testing;
using static HkaFer.Adapters.Tests.AdapterKinds;

namespace HkaFer.Adapters.Tests;

/// <summary>Equal weights do not make an equal backbone: what config.json decides counts too.</summary>
public sealed class BaseConfigTests
{
    [Theory]
    [InlineData("layer_norm_eps", "1E-05")]
    [InlineData("num_attention_heads", "4")]
    public void Backbone_with_the_same_weights_and_another_config_is_refused(string key, string now)
    {
        using var scratch = new Scratch();
        Classifier model = Model(), other = Other(key == "layer_norm_eps" ? Config with { NormEpsilon = 1e-5 } : Config with { Heads = 4 });
        AdapterFile.Save(scratch.Folder, model, Trained(model, "lora"), "base");
        Assert.Equal(ModelHash.Of(model.Backbone), ModelHash.Of(other.Backbone));
        string message = Assert.Throws<HkaFerException>(() => AdapterFile.Open(scratch.Folder).LoadInto(other)).Message;
        Assert.Contains($"the weights are the same, but {key} was ", message);
        Assert.Contains($"and is {now} now", message);
    }

    [Fact]
    public void Adapter_from_before_the_entry_loads_by_the_hash_of_the_weights()
    {
        using var scratch = new Scratch();
        Classifier model = Model();
        AdapterFile.Save(scratch.Folder, model, Trained(model, "lora"), "base");
        JsonObject json = JsonNode.Parse(File.ReadAllText(scratch["adapter_config.json"]))!.AsObject();
        Assert.True(json.Remove("base_model_config"));
        scratch.Write("adapter_config.json", json.ToJsonString());
        Classifier again = Other(Config);
        Assert.NotNull(AdapterFile.Open(scratch.Folder).LoadInto(again));
    }

    private static Classifier Other(VitConfig config)
    {
        var model = new Classifier(TinyModels.Vit(1, config), Labels);
        model.Initialize(1);
        return model;
    }
}
