using HkaFer.Models;

namespace HkaFer.Adapters;

/// <summary>A tensor of an adapter's file.</summary>
/// <param name="Name">Its name behind the layer's path: <c>lora_A.weight</c>.</param>
/// <param name="Parameter">Its values.</param>
/// <param name="ByOutput">
/// Whether its first axis runs over the layer's outputs, so that the parts of a fused layer have a third each; otherwise each part has the whole.
/// </param>
internal readonly record struct FileTensor(string Name, Parameter Parameter, bool ByOutput);
