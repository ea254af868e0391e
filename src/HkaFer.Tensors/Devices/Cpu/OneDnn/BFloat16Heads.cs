using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors;

/// <summary>
/// What attention in bfloat16 shares between its two directions: blocks of queries, and the three products of a block. Keys are padded with zeros to whole
/// vectors, so that a row of scores is one.
/// </summary>
internal readonly unsafe struct BFloat16Heads
{
    /// <summary>Below this many queries the library's own costs are not worth it.</summary>
    internal const int LeastQueries = 32;

    /// <summary>Scores of a block: with their rounded copy 384 KiB, twice that backward, in a second cache.</summary>
    private const int BlockScores = 1 << 16;

    /// <summary>Floats of the widest vector; what is padded is padded to this many.</summary>
    internal const int Lanes = 16;

    private readonly OneDnnLibrary _library;
    private readonly int _queries, _dim;

    internal BFloat16Heads(OneDnnLibrary library, in AttentionProblem p)
    {
        (_library, _queries, _dim) = (library, p.Tokens, p.Dim);
        Keys = Tile.RoundUp(p.Keys, Lanes);
        Blocks = (int)Math.Min(p.Tokens, (((long)p.Tokens * Keys) + BlockScores - 1) / BlockScores);
        MostQueries = (p.Tokens + Blocks - 1) / Blocks;
    }

    /// <summary>Keys and their padding.</summary>
    internal int Keys { get; }

    /// <summary>Blocks of queries.</summary>
    internal int Blocks { get; }

    /// <summary>Queries of the longest block.</summary>
    internal int MostQueries { get; }

    /// <summary>Whether this attention can be computed so.</summary>
    internal static bool Takes(in AttentionProblem p) => !p.Causal && p.Dim % Lanes == 0 && p.Tokens >= LeastQueries;

    /// <summary>The first query of a block; that of the block behind the last is their number.</summary>
    internal int First(int block) => (int)((long)_queries * block / Blocks);

    /// <summary>Bytes that any of the products of any block needs beside its operands.</summary>
    internal long ScratchpadBytes(bool backward)
    {
        long most = 0;
        for (int rows = _queries / Blocks; rows <= MostQueries; rows++)
        {
            most = Math.Max(most, Math.Max(AgainstKeys(rows).ScratchpadBytes, OverKeys(rows).ScratchpadBytes));
            most = backward ? Math.Max(most, OverQueries(rows).ScratchpadBytes) : most;
        }

        return most;
    }

    /// <summary>[rows, keys] = [rows, dim] [keys, dim]^T.</summary>
    internal BFloat16Product.Prepared AgainstKeys(int rows) => Prepared(new(rows, Keys, _dim, 1, _dim, Keys, false, false, false));

    /// <summary>[rows, dim] = [rows, keys] [keys, dim].</summary>
    internal BFloat16Product.Prepared OverKeys(int rows) => Prepared(new(rows, _dim, Keys, _dim, 1, _dim, false, false, false));

    /// <summary>[keys, dim] += [rows, keys]^T [rows, dim].</summary>
    internal BFloat16Product.Prepared OverQueries(int rows) => Prepared(new(Keys, _dim, rows, _dim, 1, _dim, true, false, false, TransposedA: true));

    /// <summary>Rounds rows of a head into dense ones; rows behind them are zero.</summary>
    internal void Round(float* x, nint xRow, int rows, int padded, ushort* to)
    {
        for (int r = 0; r < rows; r++)
        {
            Conversions.ToBFloat16(x + (r * xRow), to + ((nint)r * _dim), _dim);
        }

        new Span<ushort>(to + ((nint)rows * _dim), (padded - rows) * _dim).Clear();
    }

    private BFloat16Product.Prepared Prepared(BFloat16Product.Plan plan) => BFloat16Product.PreparedFor(_library, plan);
}
