using System.Text.Json;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Adapters.Tests;

/// <summary>Adapters that the PEFT library has written: they load, give its logits, and are written again as it wrote them.</summary>
[Trait("Category", "Fixtures")]
public class PeftFixtureTests
{
    private const string HeadPath = "base_model.model.classifier.";

    public static TheoryData<string> Cases() => Rows(complete: true);

    public static TheoryData<string> Incomplete() => Rows(complete: false);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Adapter_of_the_library_gives_its_logits(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        (Classifier model, AdapterFile file) = Open(dump);
        string hash = ModelHash.Of(model.Backbone);
        dump.Near("out.base_logits", Logits(model, dump));
        Adapter adapter = file.LoadInto(model)!;
        dump.Near("out.logits", Logits(model, dump));
        adapter.Merge();
        dump.Near("out.merged_logits", Logits(model, dump));
        adapter.Unmerge();
        dump.Near("out.logits", Logits(model, dump));
        Assert.Equal(hash, ModelHash.Of(model.Backbone));

        // The file alone names what it stands on.
        Classifier named = file.LoadClassifier(Path.Combine(dump.Folder, dump.Config.GetProperty("base").GetString()!));
        file.LoadInto(named);
        Assert.Equal(model.Labels, named.Labels);
        dump.Near("out.logits", Logits(named, dump));
    }

    [Theory]
    [MemberData(nameof(Incomplete))]
    public void Adapter_without_its_trained_biases_is_refused_by_name(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        (Classifier model, AdapterFile file) = Open(dump);
        string hash = ModelHash.Of(model);
        dump.Near("out.base_logits", Logits(model, dump));
        string message = Assert.Throws<HkaFerException>(() => file.LoadInto(model)).Message;
        Assert.Contains("bias is 'lora_only'", message);
        Assert.Contains("base_layer.bias' is missing", message);
        Assert.Equal(hash, ModelHash.Of(model));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Counts_are_the_library_s(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        (Classifier model, AdapterFile file) = Open(dump);
        long whole = model.ParameterCount;
        Adapter adapter = file.LoadInto(model)!;
        long head = SavesHead(file) ? model.Head.ParameterCount : 0;

        // A trained bias is a weight of the base there.
        long biases = adapter.Layers.OfType<BiasLayer>().Sum(layer => layer.ParameterCount);
        long own = adapter.Layers.Where(layer => layer is not BiasLayer).Sum(layer => layer.ParameterCount);
        Assert.Equal(dump.Expect.GetProperty("trainable").GetInt64(), own + head + biases);
        Assert.Equal(dump.Expect.GetProperty("total").GetInt64(), whole + own + head);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Adapter_is_written_again_as_the_library_wrote_it(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        (Classifier model, AdapterFile file) = Open(dump);
        Adapter adapter = file.LoadInto(model)!;
        Tensor expected = Logits(model, dump);
        PeftNames own = Keys(file.Folder).Any(key => key.Contains("_proj.", StringComparison.Ordinal)) ? PeftNames.Version5 : PeftNames.Version4;
        foreach (PeftNames names in Enum.GetValues<PeftNames>())
        {
            using var scratch = new Scratch();
            AdapterFile.Save(scratch.Folder, model, adapter, "base", names: names);
            AdapterFile saved = AdapterFile.Open(scratch.Folder);
            if (names == own || !Keys(file.Folder).Any(key => key.Contains(".attention.", StringComparison.Ordinal)))
            {
                SameTensors(file, saved);
            }

            foreach (string key in (string[])["peft_type", "r", "lora_alpha", "alpha", "use_rslora", "use_dora", "decompose_both", "decompose_factor", "fan_in_fan_out"])
            {
                Assert.Equal(Number(file.Json, key), Number(saved.Json, key));
            }

            (Classifier other, _) = Open(dump);
            Adapter read = saved.LoadInto(other)!;
            Assert.Equal(adapter.Layers.Select(Described), read.Layers.Select(Described));
            Assert.Equal(expected.ToFloats(), Logits(other, dump).ToFloats());
        }
    }

    /// <summary>
    /// Version 0.18 of the library trains biases without saving them. Its logits cannot be had from such a file, by the library itself neither: these
    /// cases must be refused, and all others must agree.
    /// </summary>
    private static TheoryData<string> Rows(bool complete)
    {
        var rows = new TheoryData<string>();
        foreach (TheoryDataRow<string> row in Fixtures.Of("peft-lora", "peft-dora", "peft-lokr").Cast<TheoryDataRow<string>>())
        {
            if (row.Data.Length == 0 || HoldsItsBiases(FixtureCase.Open(row.Data)) == complete)
            {
                rows.Add(row);
            }
        }

        return rows;
    }

    private static bool HoldsItsBiases(FixtureCase dump)
    {
        string folder = Path.Combine(dump.Folder, dump.Config.GetProperty("adapter").GetString()!);
        return !AdapterFile.Open(folder).Json.TryGetProperty("bias", out JsonElement bias) || bias.GetString() == "none"
            || Keys(folder).Any(key => key.EndsWith("base_layer.bias", StringComparison.Ordinal));
    }

    private static (Classifier Model, AdapterFile File) Open(FixtureCase dump) => (
        Classifier.Load(Path.Combine(dump.Folder, dump.Config.GetProperty("base").GetString()!)),
        AdapterFile.Open(Path.Combine(dump.Folder, dump.Config.GetProperty("adapter").GetString()!)));

    private static Tensor Logits(Classifier model, FixtureCase dump)
    {
        using IDisposable paused = Tape.NoGrad();
        return model.Forward(dump.Float("pixel_values"));
    }

    private static bool SavesHead(AdapterFile file) => Keys(file.Folder).Contains(HeadPath + "weight");

    private static string[] Keys(string folder)
    {
        using SafeTensorsFile tensors = SafeTensorsFile.Open(Path.Combine(folder, "adapter_model.safetensors"));
        return [.. tensors.Tensors.Keys.Order(StringComparer.Ordinal)];
    }

    /// <summary>The same keys, shapes and bits; a head, which ours always have, only where the library saved one.</summary>
    private static void SameTensors(AdapterFile file, AdapterFile saved)
    {
        string[] keys = Keys(file.Folder);
        Assert.Equal(keys, Keys(saved.Folder).Where(key => SavesHead(file) || !key.StartsWith(HeadPath, StringComparison.Ordinal)));
        using SafeTensorsFile a = SafeTensorsFile.Open(Path.Combine(file.Folder, "adapter_model.safetensors"));
        using SafeTensorsFile b = SafeTensorsFile.Open(Path.Combine(saved.Folder, "adapter_model.safetensors"));
        Assert.Equal(a.Metadata, b.Metadata);
        Assert.All(keys, key =>
        {
            Assert.Equal(a.Tensors[key].Shape, b.Tensors[key].Shape);
            Assert.Equal(a.Read(key).ToBytes(), b.Read(key).ToBytes());
        });
    }

    private static string Number(JsonElement json, string key) => !json.TryGetProperty(key, out JsonElement value) ? "absent"
        : value.ValueKind == JsonValueKind.Number ? $"{value.GetDouble()}" : value.ToString();

    private static (string, int, int, int, double) Described(AdapterLayer layer) => (layer.LayerPath, layer.Start, layer.In, layer.Out, layer switch
    {
        LowRankLayer l => l.Config.Scale,
        LokrLayer l => l.Config.Scale,
        _ => 1,
    });
}
