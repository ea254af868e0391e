namespace HkaFer.Tensors.Kernels;

/// <summary>The innermost product of <see cref="Gemm"/>, a tile of C in registers; one implementation per instruction set.</summary>
internal unsafe interface IMicroKernel
{
    /// <summary>Rows of a tile, and width of a packed panel of A.</summary>
    static abstract int Rows { get; }

    /// <summary>Columns of a tile, and width of a packed panel of B.</summary>
    static abstract int Columns { get; }

    /// <summary>Longest sum in one pass: sized so that the panels of A and B that a tile reads stay in the first two caches.</summary>
    static abstract int Depth { get; }

    /// <summary>
    /// tile[i, j] = sum over k of a[k * Rows + i] * b[k * bRow + j], the sum in the order of k, so that a value does not depend on where in
    /// a tile it stands. Reads full panels whatever <paramref name="rows"/> and <paramref name="columns"/> say.
    /// </summary>
    /// <param name="depth">Number of k; may be 0.</param>
    /// <param name="a">Packed panel of A.</param>
    /// <param name="b">Packed panel of B, or B itself where its rows are contiguous.</param>
    /// <param name="bRow">Floats from one k to the next in <paramref name="b"/>.</param>
    /// <param name="tile">[Rows, Columns], contiguous.</param>
    /// <param name="rows">Rows that are wanted, 1 .. Rows; the others may be left out.</param>
    /// <param name="columns">Columns that are wanted, 1 .. Columns; the others may be left out.</param>
    static abstract void Multiply(int depth, float* a, float* b, nint bRow, float* tile, int rows, int columns);
}
