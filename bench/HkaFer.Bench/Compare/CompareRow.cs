namespace HkaFer.Bench;

/// <summary>One line of the comparison: a pass of one case on all sides.</summary>
/// <param name="Case">What ran.</param>
/// <param name="Trains">A training step; else the forward pass.</param>
/// <param name="Ours">This program.</param>
/// <param name="Torch">Eager PyTorch.</param>
/// <param name="Onnx">ONNX Runtime.</param>
internal sealed record CompareRow(CompareCase Case, bool Trains, Side Ours, Side Torch, Side Onnx)
{
    /// <summary>This program with float32 weights, in turns with those that are bfloat16; null where the pass is not compared with it.</summary>
    public Side? Wide { get; init; }

    /// <summary>Images/s of one side.</summary>
    public double? Rate(Side side) => Trains ? side.Training : side.Forward;

    /// <summary>Peak memory of one side, in bytes.</summary>
    public double? Memory(Side side) => Trains ? side.TrainingPeak : side.ForwardPeak;

    /// <summary>How many times as fast we are.</summary>
    public double? Ratio(Side peer) => Rate(Ours) / Rate(peer);
}
