namespace HkaFer.Tensors.Kernels;

/// <summary>
/// A matrix whose elements are vectors with one token a lane. With tokens as the vector axis every size fills the lanes: the sides of
/// Kronecker factors are short and odd (12, 36, 72), tokens are many. Any two steps: the transpose is the same memory.
/// </summary>
/// <param name="origin">Element (0, 0).</param>
/// <param name="rowStep">Vectors from one row to the next.</param>
/// <param name="columnStep">Vectors from one column to the next.</param>
internal readonly unsafe struct TokenMatrix(float* origin, int rowStep, int columnStep)
{
    public float* Origin { get; } = origin;

    public int RowStep { get; } = rowStep;

    public int ColumnStep { get; } = columnStep;

    public TokenMatrix Transposed => new(Origin, ColumnStep, RowStep);
}
