namespace HkaFer.Tensors;

/// <summary>Where a kernel writes: over what is there, or added to it. A tensor converts to a target that is overwritten.</summary>
/// <param name="Tensor">The memory.</param>
/// <param name="Accumulate">Whether to add to what is there.</param>
internal readonly record struct Target(Tensor Tensor, bool Accumulate)
{
    public static implicit operator Target(Tensor tensor) => new(tensor, false);
}
