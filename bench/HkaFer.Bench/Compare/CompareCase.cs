using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Bench;

/// <summary>One model, method and element type that all sides run.</summary>
/// <param name="Name">The architecture's name.</param>
/// <param name="Config">The architecture; weights are random.</param>
/// <param name="Method"><c>none</c> (the frozen forward alone), <c>lora</c> or <c>heka</c>.</param>
/// <param name="DType">Of the frozen layers.</param>
internal sealed record CompareCase(string Name, VitConfig Config, string Method, DType DType)
{
    /// <summary>Pictures at a time.</summary>
    public const int Batch = 4;

    /// <summary>Edge of the pictures in pixels.</summary>
    public const int Size = 224;

    /// <summary>The cases of some architectures: frozen, LoRA and HeKA, in float32 and in bfloat16.</summary>
    public static IEnumerable<CompareCase> Of(params string[] architectures) =>
        from name in architectures
        from dtype in new[] { DType.Float32, DType.BFloat16 }
        from method in new[] { "none", "lora", "heka" }
        select new CompareCase(name, VitConfig.Named(name)!, method, dtype);

    /// <summary>WIDTHxDEPTHxHEADS:TOKEN_SIDE:PATCH, as the peer's script takes it.</summary>
    public string Peer => $"{Config.Width}x{Config.Depth}x{Config.Heads}:{Size / Config.Patch}:{Config.Patch}";
}
