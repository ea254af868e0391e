using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its key.</param>
/// <param name="DType">How it is stored.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Start">First byte in the file.</param>
/// <param name="Bytes">Length in bytes.</param>
public sealed record SafeTensorInfo(string Name, DType DType, Shape Shape, long Start, long Bytes);
