using HkaFer.Tensors;

namespace HkaFer.Cli;

/// <summary>Element types of weights on the command line.</summary>
internal static class DTypeNames
{
    public static IReadOnlyDictionary<string, DType> All { get; } = new Dictionary<string, DType>(StringComparer.Ordinal)
    {
        ["float32"] = DType.Float32,
        ["bfloat16"] = DType.BFloat16,
        ["float16"] = DType.Float16,
    };
}
