using System.CommandLine;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace HkaFer.Cli.Commands;

/// <summary>What a file or folder is made of.</summary>
internal sealed partial class InspectCommand : CliCommand
{
    private readonly Argument<string> _path;

    public InspectCommand()
        : base("inspect", "Shows what a checkpoint, adapter, run, safetensors or ONNX file or picture is made of; reads no weights.")
    {
        Remarks = "Tensors that differ only in the number of their layer share a row; --json has every one.";
        _path = Take<string>("PATH", "a folder with config.json, adapter_config.json or run.json; an id in the hub's cache; the name of a backbone in the box; a .safetensors or .onnx file; a picture");
        Examples.Add(("hkafer inspect checkpoints/dinov2-small", "its sizes and tensors"));
        Examples.Add(("hkafer inspect face.jpg --json", "size, orientation, bits"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        JsonObject found = Inspection.Of(args.GetRequiredValue(_path));
        if (output.Document(() => found))
        {
            return ExitCode.Done;
        }

        output.Facts([.. Facts(found, "")]);
        JsonArray? tensors = (found["tensors"] ?? found["model"]?["tensors"]) as JsonArray;
        if (tensors is not null)
        {
            output.Line("");
            output.Table(Tensors(tensors));
        }

        return ExitCode.Done;
    }

    /// <summary>A row for the tensors that differ only in the number of their layer: a large model has hundreds.</summary>
    private static Table Tensors(JsonArray tensors)
    {
        var table = new Table("tensor", ">count", "dtype", "shape", ">bytes");
        foreach (var alike in tensors.GroupBy(t => (
            Name: LayerNumber().Replace($"{t!["name"]}", "*"), DType: $"{t["dtype"]}", Shape: $"[{string.Join(", ", t["shape"]!.AsArray())}]")))
        {
            table.Add(alike.Key.Name, alike.Count(), alike.Key.DType, alike.Key.Shape, alike.Sum(t => (long)t!["bytes"]!));
        }

        return table;
    }

    [GeneratedRegex(@"(?<=\.)\d+(?=\.|$)")]
    private static partial Regex LayerNumber();

    /// <summary>Values by their path: <c>config.hidden_size</c>. Tensors have a table of their own, nulls say nothing.</summary>
    private static IEnumerable<(string, string)> Facts(JsonObject json, string prefix) => json
        .Where(p => p.Value is not null && p.Key != "tensors")
        .SelectMany(p => p.Value is JsonObject below ? Facts(below, $"{prefix}{p.Key}.") : [($"{prefix}{p.Key}", Text(p.Value!))]);

    private static string Text(JsonNode value) => value switch
    {
        // Bins of a calibration, scores of a class: many numbers each, which are for scripts.
        JsonArray { Count: > 0 } list when list.All(v => v is JsonObject && v["shape"] is null) => $"{list.Count} entries; --json has them",
        JsonArray list => string.Join(", ", list.Select(v => v is JsonArray inner ? $"[{Text(inner)}]" : v is null ? "" : Text(v))),
        JsonObject tensor when tensor["shape"] is { } shape => $"{tensor["name"]} {tensor["dtype"]} [{Text(shape)}]",
        JsonObject other => other.ToJsonString(),
        _ => value.ToString(),
    };
}
