using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// The gradients of attention by blocks of queries, with the probabilities P recomputed from the saved log-sum-exp: dP = dY V^T,
/// dS = P (dP - sum(dY Y)), dQ = scale dS K, dK = dS^T (scale Q), dV = P^T dY. An item is one head of keys with all queries that read it, so
/// that dK and dV have one owner and one order of addition.
/// </summary>
internal unsafe struct AttentionBackward : IRangeKernel
{
    /// <summary>Queries of a block: long enough that adding a block to dK and dV costs little beside computing it.</summary>
    private const int Block = 8 * Tile.Rows;

    public AttentionProblem Problem;
    public HeadView G, GQ, GK, GV;
    public bool AddQ, AddK, AddV;

    public readonly void Run<TSimd, TVector>(long start, long end)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        for (long item = start; item < end; item++)
        {
            KeyHead<TSimd, TVector>((int)(item / Problem.KeyHeads), (int)(item % Problem.KeyHeads));
        }
    }

    private readonly void KeyHead<TSimd, TVector>(int batch, int keyHead)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        AttentionProblem p = Problem;
        int stride = Tile.RoundUp(p.Dim, TSimd.Count), padded = p.PaddedKeys(TSimd.Count), group = p.Heads / p.KeyHeads;
        nint panels = (nint)Tile.RoundUp(p.Keys, 2 * TSimd.Count) * p.Dim, sums = (nint)padded * stride;
        nint rows = Block * stride, scores = (nint)Block * padded;
        float* next = Scratch.Floats((2 * panels) + (3 * sums) + (3 * rows) + (2 * scores) + (4 * TSimd.Count));
        var b = new Buffers
        {
            Stride = stride,
            Padded = padded,
            Keys = Take(ref next, sums),
            GK = Take(ref next, sums),
            GV = Take(ref next, sums),
            Q = Take(ref next, rows),
            G = Take(ref next, rows),
            GQ = Take(ref next, rows),
            P = Take(ref next, scores),
            D = Take(ref next, scores),
            KeyPanels = Take(ref next, panels),
            ValuePanels = Take(ref next, panels),
        };
        Panels.Transposed<TSimd, TVector>(p.K[batch, keyHead], p.K.Row, p.Keys, p.Dim, b.KeyPanels);
        Panels.Transposed<TSimd, TVector>(p.V[batch, keyHead], p.V.Row, p.Keys, p.Dim, b.ValuePanels);
        Panels.Rows<TSimd, TVector>(p.K[batch, keyHead], p.K.Row, p.Keys, p.Dim, b.Keys, stride, padded);
        new Span<float>(b.GK, (int)(2 * sums)).Clear();
        for (int head = keyHead * group; head < (keyHead + 1) * group; head++)
        {
            for (int query = 0; query < p.Tokens; query += Block) { QueryBlock<TSimd, TVector>(p, b, batch, head, query); }
        }

        Panels.Unpack<TSimd, TVector>(b.GK, stride, null, p.Keys, p.Dim, GK[batch, keyHead], GK.Row, AddK);
        Panels.Unpack<TSimd, TVector>(b.GV, stride, null, p.Keys, p.Dim, GV[batch, keyHead], GV.Row, AddV);
    }

    private readonly void QueryBlock<TSimd, TVector>(in AttentionProblem p, in Buffers b, int batch, int head, int query)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        int rows = Math.Min(Block, p.Tokens - query), tiled = Tile.RoundUp(rows, Tile.Rows), visible = p.Visible(query + rows - 1);
        int panel = 2 * TSimd.Count;
        nint stride = b.Stride, padded = b.Padded;
        Panels.Rows<TSimd, TVector>(p.Q[batch, head] + (query * p.Q.Row), p.Q.Row, rows, p.Dim, b.Q, b.Stride, tiled, p.Scale);
        Panels.Rows<TSimd, TVector>(G[batch, head] + (query * G.Row), G.Row, rows, p.Dim, b.G, b.Stride, tiled);
        Tile.Multiply<TSimd, TVector>(b.Q, stride, 1, b.KeyPanels, panel, p.Dim * panel, b.P, padded, rows, visible, p.Dim, false);
        Tile.Multiply<TSimd, TVector>(b.G, stride, 1, b.ValuePanels, panel, p.Dim * panel, b.D, padded, rows, visible, p.Dim, false);
        float* y = p.Y[batch, head] + (query * p.Y.Row), lse = p.Lse + ((((long)batch * p.Heads) + head) * p.Tokens) + query;
        for (int r = 0; r < rows; r++)
        {
            float delta = Reductions.Dot<TSimd, TVector>(b.G + (r * stride), y + (r * p.Y.Row), p.Dim);
            Slopes<TSimd, TVector>(b.P + (r * padded), b.D + (r * padded), p.Visible(query + r), b.Padded, lse[r], delta);
        }

        // Key tiles read whole columns of the block, which may end before its last tile does.
        Tile.Multiply<TSimd, TVector>(b.D, padded, 1, b.Keys, stride, panel, b.GQ, stride, rows, p.Dim, visible, false);
        Panels.Unpack<TSimd, TVector>(b.GQ, b.Stride, null, rows, p.Dim, GQ[batch, head] + (query * GQ.Row), GQ.Row, AddQ, p.Scale);
        Tile.Multiply<TSimd, TVector>(b.D, 1, padded, b.Q, stride, panel, b.GK, stride, visible, p.Dim, rows, true);
        Tile.Multiply<TSimd, TVector>(b.P, 1, padded, b.G, stride, panel, b.GV, stride, visible, p.Dim, rows, true);
    }

    /// <summary>One row of scores and of dP to P and dS; keys that the query does not see, and the padding, get zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Slopes<TSimd, TVector>(float* p, float* d, int n, int padded, float lse, float delta)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        TVector l = TSimd.Broadcast(lse), e = TSimd.Broadcast(delta);
        for (int i = 0; i < n; i += TSimd.Count)
        {
            TVector probability = SimdMath.Exp<TSimd, TVector>(TSimd.Sub(TSimd.Load(p + i), l));
            TSimd.Store(p + i, probability);
            TSimd.Store(d + i, TSimd.Mul(probability, TSimd.Sub(TSimd.Load(d + i), e)));
        }

        new Span<float>(p + n, padded - n).Clear();
        new Span<float>(d + n, padded - n).Clear();
    }

    private static float* Take(ref float* next, nint floats)
    {
        float* taken = next;
        next += floats;
        return taken;
    }

    /// <summary>Scratch memory of one item: dense keys, two transposes, sums of dK and dV, one block of what is per query.</summary>
    private struct Buffers
    {
        public int Stride, Padded;
        public float* Keys, GK, GV, Q, G, GQ, P, D, KeyPanels, ValuePanels;
    }
}
