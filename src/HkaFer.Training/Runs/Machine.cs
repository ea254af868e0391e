using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using HkaFer.Data;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>What a run notes of the machine and the process that it ran in.</summary>
public static class Machine
{
    /// <summary>Processor, instruction set that the kernels take, processors, threads of the kernels, and memory.</summary>
    public static JsonObject Describe() => new()
    {
        ["cpu"] = Engine.Processor,
        ["instruction_set"] = Engine.InstructionSet,
        ["architecture"] = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(),
        ["processors"] = Environment.ProcessorCount,
        ["threads"] = Engine.Threads,
        ["memory_bytes"] = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
    };

    /// <summary>What of the software decides a run's bits: program, runtime, and the libraries that decode pictures, null where one is not installed.</summary>
    internal static JsonObject Software() => new()
    {
        ["hkafer"] = typeof(Machine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion,
        ["runtime"] = Environment.Version.ToString(3),
        ["codecs"] = string.Join(", ", CodecLibrary.All.Select(library => library.FindVersion() ?? $"no {library.Names[0]}")),
    };

    /// <summary>Program, runtime and system.</summary>
    public static JsonObject Versions() => new()
    {
        ["hkafer"] = typeof(Machine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion,
        ["runtime"] = RuntimeInformation.FrameworkDescription,
        ["system"] = RuntimeInformation.OSDescription,
    };

    /// <summary>The most memory that the process has held so far, mapped pages included: the high-water mark of its resident set.</summary>
    public static long PeakMemoryBytes()
    {
        const string status = "/proc/self/status", key = "VmHWM:";
        if (File.Exists(status) && File.ReadLines(status).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal)) is { } line
            && long.TryParse(line[key.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture, out long kilobytes))
        {
            return kilobytes * 1024;
        }

        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
