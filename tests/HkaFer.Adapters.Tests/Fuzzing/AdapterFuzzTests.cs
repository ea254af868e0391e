using System.Text.Json.Nodes;
using HkaFer.Models;
using HkaFer.Testing;
using static HkaFer.Adapters.Tests.AdapterKinds;

namespace HkaFer.Adapters.Tests.Fuzzing;

/// <summary>Damaged adapters: their config and their weights.</summary>
[Trait("Category", Fuzz.Category)]
public sealed class AdapterFuzzTests : IDisposable
{
    private const string Config = "adapter_config.json";
    private const string Weights = "adapter_model.safetensors";

    /// <summary>The adapter itself, which a config may ask to be far larger than its file.</summary>
    private const long Limit = 4 << 20;

    private readonly Scratch _scratch = Fuzz.Scratch();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("lora")]
    [InlineData("dora")]
    [InlineData("lokr")]
    [InlineData("heka")]
    public void Damaged_config_gives_an_adapter_or_a_named_error(string kind)
    {
        Save(kind);
        Classifier model = Empty();
        Fuzz.Run(Limit, [File.ReadAllBytes(_scratch[Config])], Mutator.Json, bytes =>
        {
            _scratch.Write(Config, bytes);
            AdapterFile.Open(_scratch.Folder).LoadInto(model)?.Remove();
        });
        _scratch.AllClosed();
    }

    [Theory]
    [InlineData("lora")]
    [InlineData("dora")]
    [InlineData("lokr")]
    [InlineData("heka 2")]
    public void Damaged_weights_give_an_adapter_or_a_named_error(string kind)
    {
        Save(kind);
        Classifier model = Empty();
        Fuzz.Run(Limit, [File.ReadAllBytes(_scratch[Weights])], Damaged, bytes =>
        {
            _scratch.Write(Weights, bytes);
            AdapterFile.Open(_scratch.Folder).LoadInto(model)?.Remove();
        });
        _scratch.AllClosed();
    }

    /// <summary>Damages the header as bytes, as text with its true length, or the values, which are all valid.</summary>
    private static byte[] Damaged(byte[] file, Rng rng)
    {
        int header = 8 + (int)BitConverter.ToInt64(file);
        switch (rng.Below(3))
        {
            case 0:
                return [.. Mutator.Bytes(file[..header], rng), .. file[header..]];
            case 1:
                byte[] text = Mutator.Json(file[8..header], rng);
                return [.. BitConverter.GetBytes((long)text.Length), .. text, .. file[header..]];
            default:
                byte[] values = [.. file];
                BitConverter.TryWriteBytes(values.AsSpan(header + rng.Below(file.Length - header - 8)), rng.Next());
                return values;
        }
    }

    // Without values nothing is compared with the base, so that damage goes deeper than to the hash.
    private static Classifier Empty() => new(new VisionTransformer(AdapterKinds.Config), Labels);

    private void Save(string kind)
    {
        Classifier model = Model();
        Adapter adapter = Adapt(model, kind);
        AdapterFile.Save(_scratch.Folder, model, adapter, "base");
        JsonObject json = JsonNode.Parse(File.ReadAllText(_scratch[Config]))!.AsObject();
        json.Remove("base_model_hash");
        _scratch.Write(Config, json.ToJsonString());
    }
}
