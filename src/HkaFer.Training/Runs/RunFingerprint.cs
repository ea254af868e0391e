using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>
/// All that decides a run's bits: recipe, data, what its task names (backbone, preprocessing, texts), threads, instruction set, versions of the software.
/// It stands in <c>run.json</c>, and a run is resumed only with the same.
/// </summary>
internal sealed class RunFingerprint
{
    /// <summary>In the data of an exception: what has changed since a run began, and how it could go on.</summary>
    internal const string Difference = "difference";

    /// <summary>The entry of <c>run.json</c>.</summary>
    internal const string Key = "fingerprint";
    private readonly RunFolder _folder;
    private readonly JsonObject _values;
    private readonly RunInput[] _inputs;
    private readonly (string Name, SplitFingerprint Split)[] _splits;

    private RunFingerprint(RunFolder folder, JsonObject values, RunInput[] inputs, (string Name, SplitFingerprint Split)[] splits) =>
        (_folder, _values, _inputs, _splits) = (folder, values, inputs, splits);

    /// <summary>Takes it of a run that is about to begin or to go on.</summary>
    /// <param name="folder">The run's.</param>
    /// <param name="recipe">Its recipe as YAML.</param>
    /// <param name="task">What it trains.</param>
    /// <exception cref="HkaFerException">A picture cannot be read.</exception>
    internal static RunFingerprint Of(RunFolder folder, string recipe, RunTask task)
    {
        (string Name, SplitFingerprint Split)[] splits = [.. task.Splits.Select(s => (s.Name, SplitFingerprint.Of(s.Data)))];
        RunInput[] inputs =
        [
            new("recipe", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(recipe))), "the recipe",
                "recipe.yaml was edited; resume with the settings that the run began with"),
            .. task.Inputs,
            new("threads", Engine.Threads, "the thread count", ""),
            new("instruction_set", Engine.InstructionSet, "the processor's instruction set", "go on where the kernels are the same"),
        ];
        var values = new JsonObject(inputs.Where(input => input.Value is not null).Select(input => KeyValuePair.Create(input.Key, input.Value)))
        {
            ["software"] = Machine.Software(),
            ["data"] = new JsonObject(splits.Select(s => KeyValuePair.Create(s.Name, (JsonNode?)s.Split.ToJson()))),
        };
        return new RunFingerprint(folder, values, inputs, splits);
    }

    /// <summary>What a backbone brings with it: weights, the settings of its <c>config.json</c>, preprocessing.</summary>
    internal static IEnumerable<RunInput> Backbone(ImageEncoder backbone, Preprocessing preprocessing) =>
    [
        new("backbone", ModelHash.Of(backbone), "the backbone", "give the run the weights that it began with"),
        new("backbone_config", backbone.Settings().ToJsonString(), "the backbone's config.json", "give the run the one that it began with"),
        new("preprocessing", PreprocessingJson.Write(preprocessing), "the backbone's preprocessing", "give the run the preprocessor_config.json that it began with"),
    ];

    /// <summary>What multiplies bfloat16 weights, for a run that has some.</summary>
    internal static RunInput BFloat16(bool used) => new(
        "bfloat16", used ? Engine.DTypePaths["bfloat16"] : null, "what computes with bfloat16 weights", "go on where hkafer doctor names the same");

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

        foreach (RunInput input in _inputs)
        {
            string remedy = input.Key == "threads" ? $"set HKAFER_THREADS={before["threads"]}" : input.Remedy;
            Equal(before[input.Key], _values[input.Key], input.What, remedy);
        }

        SameSoftware("hkafer", "the program's version", "go on with the version that it began with");
        SameSoftware("runtime", "the version of .NET", "go on with the version that it began with");
        SameSoftware("codecs", "the libraries that decode pictures", "go on where hkafer doctor names the same");

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

    private HkaFerException Changed(string what, string difference, string remedy)
    {
        string changed = $"{_folder.Path}: {what} changed since the run began, and only an equal run is sure to end with the same bits; {difference}; {remedy}";
        return new HkaFerException($"{changed}, or start another run with --out") { Data = { [Difference] = changed } };
    }
}
