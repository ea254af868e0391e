using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>
/// All that decides a run's bits: recipe, data, backbone, its preprocessing and texts, threads, instruction set, versions of the software. It stands in <c>run.json</c>, and a run is resumed only with the same.
/// </summary>
internal sealed class RunFingerprint
{
    private const string Key = "fingerprint", Config = "backbone_config";
    private readonly RunFolder _folder;
    private readonly JsonObject _values;
    private readonly (string Name, SplitFingerprint Split)[] _splits;

    private RunFingerprint(RunFolder folder, JsonObject values, (string Name, SplitFingerprint Split)[] splits) =>
        (_folder, _values, _splits) = (folder, values, splits);

    /// <summary>SHA-256 of the backbone before training (see <see cref="ModelHash"/>).</summary>
    internal string BackboneHash => _values["backbone"]!.GetValue<string>();

    /// <summary>Takes it of a run that is about to begin or to go on.</summary>
    /// <exception cref="HkaFerException">A picture cannot be read.</exception>
    internal static RunFingerprint Of(RunFolder folder, Recipe recipe, RunData data, ExpressionModel model)
    {
        ImageEncoder backbone = model.Classifier.Backbone;
        (string Name, SplitFingerprint Split)[] splits = [.. data.Splits().Select(s => (s.Name, SplitFingerprint.Of(s.Data)))];
        var values = new JsonObject
        {
            ["recipe"] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(recipe.ToYaml()))),
            ["backbone"] = ModelHash.Of(backbone),
            [Config] = backbone.Settings().ToJsonString(),
            ["preprocessing"] = PreprocessingJson.Write(model.Preprocessing),
            ["threads"] = Engine.Threads,
            ["instruction_set"] = Engine.InstructionSet,
            ["software"] = Machine.Software(),
            ["data"] = new JsonObject(splits.Select(s => KeyValuePair.Create(s.Name, (JsonNode?)s.Split.ToJson()))),
        };
        if (model.Classifier.Head is ClipTextHead head)
        {
            values["texts"] = Convert.ToHexStringLower(SHA256.HashData(head.Embeddings.Value.ToBytes()));
        }

        if (backbone.Parameters().Any(p => p.Parameter.Value.DType == DType.BFloat16))
        {
            values["bfloat16"] = Engine.DTypePaths["bfloat16"];
        }

        return new RunFingerprint(folder, values, splits);
    }

    /// <summary>The entry of <c>run.json</c>.</summary>
    internal KeyValuePair<string, JsonNode?> ToJson() => new(Key, _values.DeepClone());

    /// <summary>Writes what names the picture that has changed, if one does.</summary>
    internal void Save()
    {
        foreach ((string name, SplitFingerprint split) in _splits)
        {
            split.Save(_folder.Pictures(name));
        }
    }

    /// <summary>Compares with what stood in <c>run.json</c> when the run began.</summary>
    /// <exception cref="HkaFerException">Something is different; the message names it and both values.</exception>
    internal void Check(JsonElement summary)
    {
        if (!summary.TryGetProperty(Key, out JsonElement json) || JsonObject.Create(json) is not { } before || before["data"] is not JsonObject data)
        {
            throw new HkaFerException($"{_folder.Summary}: does not say what the run was begun with ('{Key}'), so it cannot be resumed exactly; start another run");
        }

        string[] names = [.. data.Select(s => s.Key).Union(_splits.Select(s => s.Name))];
        foreach (string name in names)
        {
            SplitFingerprint? now = _splits.FirstOrDefault(s => s.Name == name).Split;
            if (data[name] is not JsonObject then || now is null)
            {
                throw Changed("data", $"the {name} split was {(data[name] is null ? "not there" : "there")}, now it is {(now is null ? "not" : "there")}",
                    "give the run the data that it began with");
            }

            if (then["sha256"]?.ToString() != now.Hash && now.DifferenceFrom(_folder.Pictures(name), then["pictures"]?.ToString() ?? "no") is { } difference)
            {
                throw Changed("data", $"{name} split: {difference}", "give the run the data that it began with");
            }
        }

        Same("recipe", "the recipe", "recipe.yaml was edited; resume with the settings that the run began with");
        Same("backbone", "the backbone", "give the run the weights that it began with");
        Same(Config, "the backbone's config.json", "give the run the one that it began with");
        Same("preprocessing", "the backbone's preprocessing", "give the run the preprocessor_config.json that it began with");
        Same("texts", "the texts of the classes", "give the run the prompts and the text encoder that it began with");
        Same("threads", "the thread count", $"set HKAFER_THREADS={before["threads"]}");
        Same("instruction_set", "the processor's instruction set", "go on where the kernels are the same");
        Same("bfloat16", "what computes with bfloat16 weights", "go on where hkafer doctor names the same");

        SameSoftware("hkafer", "the program's version", "go on with the version that it began with");
        SameSoftware("runtime", "the version of .NET", "go on with the version that it began with");
        SameSoftware("codecs", "the libraries that decode pictures", "go on where hkafer doctor names the same");

        void Same(string key, string what, string remedy) => Equal(before[key], _values[key], what, remedy);

        void SameSoftware(string key, string what, string remedy) =>
            Equal((before["software"] as JsonObject)?[key], _values["software"]![key], what, remedy);

        void Equal(JsonNode? first, JsonNode? second, string what, string remedy)
        {
            if (first?.ToString() is var then && second?.ToString() is var now && then != now)
            {
                throw Changed(what, $"it was {then}, now {now}", remedy);
            }
        }
    }

    private HkaFerException Changed(string what, string difference, string remedy) => new(
        $"{_folder.Path}: {what} changed since the run began, and only an equal run is sure to end with the same bits; {difference}; {remedy}, or start another run with --out");
}
