using System.CommandLine;
using System.Text.Json.Nodes;

namespace HkaFer.Cli.Commands;

/// <summary>What a file or folder is made of.</summary>
internal sealed class InspectCommand : CliCommand
{
    private readonly Argument<string> _path;

    public InspectCommand()
        : base("inspect", "Shows what a checkpoint, adapter, run, safetensors file or picture is made of; reads no weights.")
    {
        _path = Take<string>("PATH", "a folder with config.json, adapter_config.json or run.json; a .safetensors file; a picture");
        Examples.Add(("hkafer inspect checkpoints/dinov2-small", "its sizes and every tensor"));
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
            var table = new Table("tensor", "dtype", "shape", ">bytes");
            foreach (JsonNode? tensor in tensors)
            {
                table.Add(
                    $"{tensor!["name"]}", $"{tensor["dtype"]}", $"[{string.Join(", ", tensor["shape"]!.AsArray())}]",
                    (long)tensor["bytes"]!);
            }

            output.Line("");
            output.Table(table);
        }

        return ExitCode.Done;
    }

    /// <summary>Values by their path: <c>config.hidden_size</c>. Tensors have a table of their own, nulls say nothing.</summary>
    private static IEnumerable<(string, string)> Facts(JsonObject json, string prefix) => json
        .Where(p => p.Value is not null && p.Key != "tensors")
        .SelectMany(p => p.Value is JsonObject below ? Facts(below, $"{prefix}{p.Key}.") : [($"{prefix}{p.Key}", Text(p.Value!))]);

    private static string Text(JsonNode value) =>
        value is JsonArray list ? string.Join(", ", list.Select(v => v?.ToString())) : value.ToString();
}
