using System.Runtime.InteropServices;
using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors;

/// <summary>What the engine found on this machine and will use.</summary>
public static class Engine
{
    /// <summary>The processor as the system names it, or its architecture where the system does not say.</summary>
    public static string Processor { get; } = FindProcessor();

    /// <summary>The widest instruction set that kernels take: <c>avx512</c>, <c>avx2</c>, <c>advsimd</c> or <c>portable</c>.</summary>
    public static string InstructionSet => InstructionSets.Best.ToString().ToLowerInvariant();

    /// <summary>Threads of a parallel region: <c>HKAFER_THREADS</c>, or one per processor.</summary>
    /// <exception cref="HkaFerException"><c>HKAFER_THREADS</c> is not a possible number.</exception>
    public static int Threads => Workers.Default.Count;

    /// <summary>What arithmetic on each element type goes through.</summary>
    public static IReadOnlyDictionary<string, string> DTypePaths => new Dictionary<string, string>
    {
        ["float32"] = $"managed {InstructionSet} kernels",
        ["float64"] = "plain loops (reference and gradient checks)",
        ["bfloat16"] = OneDnnLibrary.Found is not null
            ? $"frozen weights, and LoRA and attention of images beside them: {OneDnnLibrary.State}, float32 sums; all else in float32"
            : $"storage only, computed in float32: {OneDnnLibrary.State}",
        ["float16"] = "storage only; computed in float32",
    };

    private static string FindProcessor()
    {
        const string file = "/proc/cpuinfo";
        try
        {
            string? line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
            if (line?.Split(':', 2) is [_, var name])
            {
                return name.Trim();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A closed /proc is no reason to fail.
        }

        return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
