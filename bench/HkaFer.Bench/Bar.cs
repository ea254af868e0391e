using System.Globalization;
using HkaFer.Tensors;

namespace HkaFer.Bench;

/// <summary>What a measurement is to reach.</summary>
/// <param name="Limit">The bound.</param>
/// <param name="AtMost">Whether it bounds from above.</param>
/// <param name="OfRatio">Whether it bounds the ratio to the peer; else the value in its own unit.</param>
internal sealed record Bar(double Limit, bool AtMost, bool OfRatio)
{
    private const string Small = "dinov2-small", Large = "dinov2-large";

    /// <summary>Of every product beside OpenBLAS.</summary>
    public static Bar Product { get; } = new(0.80, AtMost: false, OfRatio: true);

    /// <summary>Of the geometric mean of all products beside OpenBLAS.</summary>
    public static Bar ProductMean { get; } = new(0.90, AtMost: false, OfRatio: true);

    /// <summary>Of a HeKA step's time over that of LoRA, rank 32.</summary>
    public static Bar OverLora { get; } = new(1.40, AtMost: true, OfRatio: true);

    /// <summary>Of the most over the least time for the same count of operations, over the shapes of a step.</summary>
    public static Bar Spread { get; } = new(2, AtMost: true, OfRatio: false);

    /// <summary>Of the gain of a second thread.</summary>
    public static Bar TwoThreads { get; } = new(1.7, AtMost: false, OfRatio: false);

    /// <summary>Of the managed bytes that a training step allocates: 1 MB.</summary>
    public static Bar Allocation { get; } = new(1e6, AtMost: true, OfRatio: false);

    /// <summary>Of Qwen2-VL-2B, as PyTorch 2.15 with transformers and PEFT was measured in bfloat16: seconds to read 285 tokens with an image.</summary>
    public static Bar Prefill { get; } = new(4.8, AtMost: true, OfRatio: false);

    /// <summary>The same: tokens a second.</summary>
    public static Bar Decoding { get; } = new(9.3, AtMost: false, OfRatio: false);

    /// <summary>The same: seconds of a training step.</summary>
    public static Bar LanguageStep { get; } = new(11.0, AtMost: true, OfRatio: false);

    /// <summary>The same: most bytes that the process holds.</summary>
    public static Bar LanguageMemory { get; } = new(7.8e9, AtMost: true, OfRatio: false);

    /// <summary>Of images/s over those of eager PyTorch 1.13, for the step that the bars were agreed on; none for another.</summary>
    public static Bar? Peer(StepSettings step) => (IsAgreed(step, Small), step.Method) switch
    {
        (true, "heka") => new(8, AtMost: false, OfRatio: true),
        (true, "lora") => new(3.5, AtMost: false, OfRatio: true),
        _ => null,
    };

    /// <summary>Of the most bytes that a process holds which trains HeKA; none for another step.</summary>
    public static Bar? Memory(StepSettings step) => step.Method != "heka" ? null
        : IsAgreed(step, Small) ? new(0.6e9, AtMost: true, OfRatio: false)
        : IsAgreed(step, Large) ? new(4.5e9, AtMost: true, OfRatio: false)
        : null;

    /// <summary>Of images/s of the forward pass over those of ONNX Runtime, adapters as the paper's formulas read; none for another pass.</summary>
    public static Bar? Onnx(StepSettings step) => (IsAgreed(step, Small), step.Method) switch
    {
        (true, "none") => new(1.10, AtMost: false, OfRatio: true),
        (true, "heka") => new(1.6, AtMost: false, OfRatio: true),
        _ => null,
    };

    /// <summary>Of images/s of a training step with bfloat16 weights over those with float32; none for another step.</summary>
    public static Bar? Narrow(StepSettings step) =>
        step is { DType: DType.BFloat16, Method: not "none" } && IsAgreed(step with { DType = DType.Float32 }, Small)
            ? new(1.3, AtMost: false, OfRatio: true) : null;

    /// <summary>Whether a step is the one of ViT-S/14 that HeKA and LoRA are compared on.</summary>
    public static bool ComparesWithLora(StepSettings step) => step.Method == "heka" && IsAgreed(step, Small);

    /// <summary>Whether a number reaches it.</summary>
    public bool IsMet(double got) => AtMost ? got <= Limit : got >= Limit;

    /// <summary><c>ratio at least</c>, <c>value at most</c>.</summary>
    public string Kind => $"{(OfRatio ? "ratio" : "value")} at {(AtMost ? "most" : "least")}";

    /// <summary><c>ratio at least 0.8</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind} {Limit}");

    // All bars were agreed at 224 pixels and batch 4, most of them in float32.
    private static bool IsAgreed(StepSettings step, string name) =>
        step is { Size: 224, Batch: 4, DType: DType.Float32, Checkpointing: false } && step.Name == name;
}
