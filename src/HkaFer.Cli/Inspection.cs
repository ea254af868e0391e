using System.Globalization;
using System.Text.Json.Nodes;
using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Training;

namespace HkaFer.Cli;

/// <summary>Finds out what a file or folder is, and describes it.</summary>
internal static class Inspection
{
    /// <summary>What a path holds: <c>kind</c>, and what it is made of.</summary>
    /// <exception cref="HkaFerException">It is missing, damaged or of no kind that is known.</exception>
    public static JsonObject Of(string path)
    {
        if (Directory.Exists(path))
        {
            return RunFolder.IsRun(path) ? Run(path)
                : AdapterFile.Exists(path) && !IsMerged(path) ? Adapter(path)
                : File.Exists(Path.Combine(path, "config.json")) ? Checkpoint(path)
                : throw new HkaFerException(
                    $"inspect: '{path}' is no run (run.json), adapter (adapter_config.json) or checkpoint (config.json); "
                    + "for a data set: hkafer data verify KIND PATH");
        }

        if (!File.Exists(path) && Backbones.BuiltIn.Contains(path))
        {
            return Of(Backbones.Resolve(path));
        }

        if (!File.Exists(path))
        {
            return Hub.IsId(path)
                ? Of(Hub.Find(path)?.Folder ?? throw new HkaFerException(
                    $"inspect: '{path}' does not exist, and no whole model of that id is in the hub's cache; check the path"
                    + (Backbones.MayBeOfHub(path) ? $", or if it is a model of the hub, fetch it: hkafer pull {path}" : "")))
                : throw new HkaFerException($"inspect: '{path}' does not exist; check the path");
        }

        // Who names the file that makes a folder what it is means the folder.
        if (Path.GetFileName(path) is "run.json" or "adapter_config.json" or "config.json" or "model.safetensors.index.json")
        {
            return Of(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }

        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".safetensors" => SafeTensors(path),
            ".onnx" => Onnx(path),
            _ => Picture(path),
        };
    }

    /// <summary>A merged model is a whole checkpoint that says beside it, as an adapter's file, what it is for this program: a head on the backbone in the same folder.</summary>
    private static bool IsMerged(string path) => File.Exists(Path.Combine(path, "config.json")) && AdapterFile.Open(path).Base == ".";

    private static JsonObject Onnx(string path)
    {
        OnnxFile file = OnnxFile.Open(path);
        return new JsonObject
        {
            ["kind"] = "onnx",
            ["producer"] = file.Producer,
            ["version"] = file.Version,
            ["operator_set"] = file.OperatorSet,
            ["inputs"] = Values(file.Inputs, false),
            ["outputs"] = Values(file.Outputs, false),
            ["metadata"] = new JsonObject(file.Metadata.Select(m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value))),
            ["operators"] = new JsonObject(file.Operators.Select(o => KeyValuePair.Create(o.Key, (JsonNode?)o.Value))),
            ["bytes"] = new FileInfo(path).Length,
            ["data_files"] = Json.Strings(file.DataFiles),
            ["tensors"] = Values(file.Weights, true),
        };
    }

    private static JsonArray Values(IEnumerable<OnnxValue> values, bool stored) => Json.Array(values, value =>
    {
        var json = new JsonObject
        {
            ["name"] = value.Name,
            ["dtype"] = value.DType,
            ["shape"] = Json.Array(value.Shape, size => long.TryParse(size, CultureInfo.InvariantCulture, out long number) ? JsonValue.Create(number) : JsonValue.Create(size)),
        };
        if (stored)
        {
            json["bytes"] = value.Bytes;
        }

        return json;
    });

    private static JsonObject Picture(string path)
    {
        ImageInfo info = Image.Inspect(path);
        return new JsonObject
        {
            ["kind"] = "image",
            ["format"] = info.Format.ToString().ToLowerInvariant(),
            ["width"] = info.Width,
            ["height"] = info.Height,
            ["stored_width"] = info.StoredWidth,
            ["stored_height"] = info.StoredHeight,
            ["orientation"] = info.Orientation,
            ["channels"] = info.Channels,
            ["bits"] = info.Bits,
            ["bytes"] = new FileInfo(path).Length,
        };
    }

    private static JsonObject SafeTensors(string path)
    {
        using SafeTensorsFile file = SafeTensorsFile.Open(path);
        return new JsonObject([
            new("kind", "safetensors"),
            .. Tensors(file.Tensors.Values),
            new("metadata", new JsonObject(file.Metadata.Select(m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value)))),
        ]);
    }

    private static JsonObject Checkpoint(string path)
    {
        string file = Path.Combine(path, "config.json");
        var config = JsonObject.Create(CheckpointFolder.ReadJson(file))!;
        using CheckpointFolder folder = CheckpointFolder.Open(path);
        return new JsonObject([
            new("kind", "checkpoint"),
            new("model_type", config["model_type"]?.DeepClone()),
            new("labels", AdapterFile.Exists(path) ? Json.Strings(AdapterFile.Open(path).Labels) : null),
            .. Tensors(folder.Tensors),
            new("unused_tensors", LeftOverTensors.In(path) is { } unused ? Json.Strings(unused) : null),
            new("config", config),
        ]);
    }

    private static JsonObject Adapter(string path)
    {
        AdapterFile file = AdapterFile.Open(path);
        using SafeTensorsFile weights = SafeTensorsFile.Open(Path.Combine(path, "adapter_model.safetensors"));
        return new JsonObject([
            new("kind", "adapter"),
            new("method", file.Config?.Method ?? (file.Json.TryGetProperty("text", out _) ? "texts" : "linear")),
            new("router", (file.Config as KroneckerConfig)?.EffectiveRouter.ShortName()),
            new("adapters", Json.Number((file.Config as KroneckerConfig)?.Count)),
            new("rank", Json.Number((file.Config as LowRankConfig)?.Rank ?? (file.Config as LoKr)?.Rank)),
            new("labels", Json.Strings(file.Labels)),
            new("base", file.Base),
            .. Tensors(weights.Tensors.Values),
            new("config", JsonObject.Create(file.Json)),
        ]);
    }

    private static JsonObject Run(string path)
    {
        var run = new RunFolder(path);
        bool saved = Directory.Exists(run.Best) || Directory.Exists(run.Last);
        return new JsonObject
        {
            ["kind"] = "run",
            ["run"] = JsonObject.Create(run.ReadSummary()),
            ["model"] = saved && AdapterFile.Exists(RunFolder.ReportedModel(path)) ? Adapter(RunFolder.ReportedModel(path)) : null,
            ["can_resume"] = Directory.Exists(run.State),
        };
    }

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Tensors(IEnumerable<SafeTensorInfo> tensors)
    {
        SafeTensorInfo[] all = [.. tensors.OrderBy(t => t.Name, StringComparer.Ordinal)];
        return
        [
            new("parameters", all.Sum(t => t.Shape.Count)),
            new("bytes", all.Sum(t => t.Bytes)),
            new("dtypes", Json.Strings(all.Select(t => t.DType.Name()).Distinct())),
            new("tensors", Json.Array(all, t => new JsonObject
            {
                ["name"] = t.Name,
                ["dtype"] = t.DType.Name(),
                ["shape"] = Json.Array(t.Shape.Sizes.ToArray(), size => JsonValue.Create(size)),
                ["bytes"] = t.Bytes,
            })),
        ];
    }
}
