using System.CommandLine;
using System.Text.Json.Nodes;
using HkaFer.Data;
using HkaFer.Tensors;

namespace HkaFer.Cli.Commands;

/// <summary>What this machine has and what will be used.</summary>
internal sealed class DoctorCommand : CliCommand
{
    public DoctorCommand()
        : base("doctor", "Shows what this machine has and what will be used; start here when something is slow or missing.")
    {
        Remarks = "HKAFER_THREADS sets the number of threads. A missing codec is no failure: only pictures of its format cannot be read.";
        Examples.Add(("hkafer doctor", "processor, instruction set, threads, image codecs, devices"));
        Examples.Add(("hkafer doctor --json | jq .isa", "for a script"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        (CodecLibrary Library, string? File)[] libraries = [.. CodecLibrary.All.Select(library => (library, library.Find()))];
        long memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (output.Document(() => new JsonObject
        {
            ["version"] = CommandLine.Version,
            ["runtime"] = Environment.Version.ToString(),
            ["system"] = System.Runtime.InteropServices.RuntimeInformation.OSDescription,
            ["cpu"] = Engine.Processor,
            ["isa"] = Engine.InstructionSet,
            ["threads"] = Engine.Threads,
            ["memory_bytes"] = memory,
            ["libraries"] = Json.Array(libraries, l => LibraryJson(l.Library, l.File)),
            ["devices"] = new JsonArray(
                new JsonObject { ["name"] = Device.Cpu.Name, ["description"] = Engine.Processor, ["default"] = true }),
            ["dtype_paths"] = new JsonObject(Engine.DTypePaths.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value))),
        }))
        {
            return ExitCode.Done;
        }

        output.Facts(
        [
            ("hkafer", $"{CommandLine.Version}, .NET {Environment.Version}"),
            ("processor", Engine.Processor),
            ("kernels", Engine.InstructionSet),
            ("threads", $"{Engine.Threads}"),
            ("memory", $"{memory / (double)(1 << 30):F1} GiB"),
            ("devices", Device.Cpu.Name),
            .. libraries.Select(l => (l.Library.Format.ToString().ToLowerInvariant(),
                l.File ?? $"missing; on Debian and Ubuntu: apt-get install {l.Library.Package}")),
            .. Engine.DTypePaths.Select(p => (p.Key, p.Value)),
        ]);
        return ExitCode.Done;
    }

    private static JsonNode LibraryJson(CodecLibrary library, string? file) => new JsonObject
    {
        ["name"] = library.Names[0],
        ["for"] = library.Format.ToString().ToLowerInvariant(),
        ["found"] = file is not null,
        ["file"] = library.FindVersion(),
        ["package"] = library.Package,
    };
}
