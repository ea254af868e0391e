namespace HkaFer.Tensors.Kernels;

/// <summary>
/// One axis of an adapter's output, its entries put into classes that the router's pooling treats alike: either runs of neighbours, or
/// every Count-th entry.
/// </summary>
internal readonly record struct KroneckerClasses(int Size, int Count, bool Modular)
{
    /// <summary>Whether every entry is a class of its own.</summary>
    public bool IsIdentity => Size == Count;

    public int Of(int entry) => Modular ? entry % Count : entry / (Size / Count);
}
