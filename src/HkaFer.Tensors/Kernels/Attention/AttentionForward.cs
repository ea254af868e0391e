using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// Attention by blocks of queries: the scores of a block against all keys it sees, softmax, times the values. An item is a range of blocks of
/// one head; its keys and values are packed once. Per thread it needs <see cref="Block"/> rows of scores and one head of keys and values, never
/// the matrix of all scores. What is computed for a query does not depend on the ranges.
/// </summary>
internal unsafe struct AttentionForward : IRangeKernel
{
    /// <summary>Queries of a block: the scores of 257 keys take 26 KiB, and a panel of keys is used four times from the first cache.</summary>
    internal const int Block = 4 * Tile.Rows;

    public AttentionProblem Problem;

    /// <summary>Items of one head.</summary>
    public int Splits;

    public readonly void Run<TSimd, TVector>(long start, long end)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        int blocks = (Problem.Tokens + Block - 1) / Block;
        for (long item = start; item < end; item++)
        {
            (long head, long split) = Math.DivRem(item, Splits);
            int first = (int)(blocks * split / Splits) * Block;
            int last = Math.Min(Problem.Tokens, (int)(blocks * (split + 1) / Splits) * Block);
            if (first < last) { Head<TSimd, TVector>((int)(head / Problem.Heads), (int)(head % Problem.Heads), first, last); }
        }
    }

    private readonly void Head<TSimd, TVector>(int batch, int head, int first, int last)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        AttentionProblem p = Problem;
        int panel = 2 * TSimd.Count, stride = Tile.RoundUp(p.Dim, TSimd.Count), padded = p.PaddedKeys(TSimd.Count);
        int keyHead = head / (p.Heads / p.KeyHeads), seen = p.Visible(last - 1);
        nint keyPanels = (nint)Tile.RoundUp(p.Keys, panel) * p.Dim, values = (nint)p.Keys * stride, block = Block * stride;
        float* keys = Scratch.Floats(keyPanels + values + (2 * block) + (Block * padded) + Block + panel);
        float* v = keys + keyPanels, q = v + values, o = q + block, scores = o + block, factors = scores + (Block * padded);
        Panels.Transposed<TSimd, TVector>(p.K[batch, keyHead], p.K.Row, seen, p.Dim, keys);
        Panels.Rows<TSimd, TVector>(p.V[batch, keyHead], p.V.Row, seen, p.Dim, v, stride, seen);
        for (int query = first; query < last; query += Block)
        {
            int rows = Math.Min(Block, last - query), tiled = Tile.RoundUp(rows, Tile.Rows), visible = p.Visible(query + rows - 1);
            Panels.Rows<TSimd, TVector>(p.Q[batch, head] + (query * p.Q.Row), p.Q.Row, rows, p.Dim, q, stride, tiled, p.Scale);
            Tile.Multiply<TSimd, TVector>(q, stride, 1, keys, panel, p.Dim * panel, scores, padded, rows, visible, p.Dim, false);
            float* lse = p.Lse + ((((long)batch * p.Heads) + head) * p.Tokens) + query;
            Softmax<TSimd, TVector>(p, query, rows, visible, scores, padded, factors, lse);
            Tile.Multiply<TSimd, TVector>(scores, padded, 1, v, stride, panel, o, stride, rows, p.Dim, visible, false);
            Panels.Unpack<TSimd, TVector>(o, stride, factors, rows, p.Dim, p.Y[batch, head] + (query * p.Y.Row), p.Y.Row, false);
        }
    }

    /// <summary>Scores to exponentials; what normalises a row is left for its output, which is narrower.</summary>
    private static void Softmax<TSimd, TVector>(
        in AttentionProblem p, int query, int rows, int visible, float* scores, int padded, float* factors, float* lse)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        for (int r = 0; r < rows; r++)
        {
            float* row = scores + ((nint)r * padded);
            int n = p.Visible(query + r);

            float max = n == 0 ? float.NegativeInfinity : Reductions.Max<TSimd, TVector>(row, n);
            float sum = n == 0 ? 0 : Reductions.Exponentials<TSimd, TVector>(row, row, n, max);
            new Span<float>(row + n, visible - n).Clear();
            factors[r] = n == 0 ? 0 : 1 / sum;
            lse[r] = (float)(max + Math.Log(sum));
        }
    }
}
