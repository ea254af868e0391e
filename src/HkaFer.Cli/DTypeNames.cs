using HkaFer.Tensors;

namespace HkaFer.Cli;

/// <summary>Element types of weights on the command line.</summary>
internal static class DTypeNames
{
    public static IReadOnlyDictionary<string, DType> All { get; } =
        ((DType[])[DType.Float32, DType.BFloat16, DType.Float16]).ToDictionary(dtype => dtype.Name(), StringComparer.Ordinal);
}
