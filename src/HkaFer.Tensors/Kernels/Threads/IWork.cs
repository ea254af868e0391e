namespace HkaFer.Tensors.Kernels;

/// <summary>
/// The body of a parallel region. Implemented by structs, so that <see cref="Workers.For{TWork}"/> neither boxes nor captures.
/// </summary>
internal interface IWork
{
    /// <summary>Does item <paramref name="index"/>.</summary>
    /// <param name="index">0 .. count - 1; each item is done once, in no set order and on no set thread.</param>
    /// <param name="worker">
    /// 0 .. <see cref="Workers.Count"/> - 1, never shared by two bodies that run at once: selects scratch memory. What an item computes may
    /// depend on its index only; then no result depends on timing.
    /// </param>
    void Run(int index, int worker);
}
