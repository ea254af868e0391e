namespace HkaFer.Training;

/// <summary>A tensor of an ONNX file: an input, an output or a weight.</summary>
/// <param name="Name">How nodes call it.</param>
/// <param name="DType">Element type: <c>float32</c>, <c>int64</c>, ..</param>
/// <param name="Shape">Sizes; one that is free is a name, or <c>?</c> where it has none.</param>
/// <param name="Bytes">Bytes that it takes in the file; 0 for inputs and outputs.</param>
public sealed record OnnxValue(string Name, string DType, IReadOnlyList<string> Shape, long Bytes);
