using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>A tensor of a file to be written, whose values are made when their turn comes: a file may be larger than memory.</summary>
/// <param name="Name">Its key.</param>
/// <param name="DType">Element type, that of what is made.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Make">Gives the values; called once, within a step that ends when they are written.</param>
internal sealed record TensorSource(string Name, DType DType, Shape Shape, Func<Tensor> Make);
