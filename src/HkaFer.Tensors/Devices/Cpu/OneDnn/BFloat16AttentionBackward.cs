using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors;

/// <summary>
/// <see cref="AttentionBackward"/> with products in bfloat16, of inputs rounded as the forward pass rounds them; P, dS and dY are rounded before they are
/// multiplied, sums and gradients are float32.
/// </summary>
internal unsafe struct BFloat16AttentionBackward : IRangeKernel
{
    public OneDnnLibrary Library;
    public AttentionBackward Plain;

    public readonly void Run<TSimd, TVector>(long start, long end)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        var heads = new BFloat16Heads(Library, Plain.Problem);
        for (long item = start; item < end; item++)
        {
            KeyHead<TSimd, TVector>(heads, (int)(item / Plain.Problem.KeyHeads), (int)(item % Plain.Problem.KeyHeads));
        }
    }

    private readonly void KeyHead<TSimd, TVector>(in BFloat16Heads heads, int batch, int keyHead)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        AttentionProblem p = Plain.Problem;
        int group = p.Heads / p.KeyHeads;
        nint keyed = (nint)heads.Keys * p.Dim, asked = (nint)heads.MostQueries * p.Dim, scored = (nint)heads.MostQueries * heads.Keys;
        long pad = (heads.ScratchpadBytes(backward: true) + 63) & ~63L;
        var scratchpad = (byte*)Scratch.Get(pad + (((2 * keyed) + asked + (2 * scored)) * sizeof(float)) + (((2 * keyed) + (2 * asked) + (2 * scored)) * sizeof(ushort)));
        var b = new Buffers { Scratchpad = scratchpad, P = (float*)(scratchpad + pad) };
        b.D = b.P + scored;
        b.GK = b.D + scored;
        b.GV = b.GK + keyed;
        b.Wide = b.GV + keyed;
        b.Keys = (ushort*)(b.Wide + asked);
        b.Values = b.Keys + keyed;
        b.Q = b.Values + keyed;
        b.G = b.Q + asked;
        b.Shares = b.G + asked;
        b.Slopes = b.Shares + scored;
        heads.Round(p.K[batch, keyHead], p.K.Row, p.Keys, heads.Keys, b.Keys);
        heads.Round(p.V[batch, keyHead], p.V.Row, p.Keys, heads.Keys, b.Values);
        new Span<float>(b.GK, checked((int)(2 * keyed))).Clear();
        for (int head = keyHead * group; head < (keyHead + 1) * group; head++)
        {
            for (int block = 0; block < heads.Blocks; block++) { QueryBlock<TSimd, TVector>(p, heads, b, batch, head, block); }
        }

        Panels.Unpack<TSimd, TVector>(b.GK, p.Dim, null, p.Keys, p.Dim, Plain.GK[batch, keyHead], Plain.GK.Row, Plain.AddK);
        Panels.Unpack<TSimd, TVector>(b.GV, p.Dim, null, p.Keys, p.Dim, Plain.GV[batch, keyHead], Plain.GV.Row, Plain.AddV);
    }

    private readonly void QueryBlock<TSimd, TVector>(in AttentionProblem p, in BFloat16Heads heads, in Buffers b, int batch, int head, int block)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        int query = heads.First(block), rows = heads.First(block + 1) - query;
        float* g = Plain.G[batch, head] + (query * Plain.G.Row), y = p.Y[batch, head] + (query * p.Y.Row);
        Panels.Rows<TSimd, TVector>(p.Q[batch, head] + (query * p.Q.Row), p.Q.Row, rows, p.Dim, b.Wide, p.Dim, rows, p.Scale);
        Conversions.ToBFloat16(b.Wide, b.Q, (long)rows * p.Dim);
        heads.Round(g, Plain.G.Row, rows, rows, b.G);
        BFloat16Product.Prepared against = heads.AgainstKeys(rows), overQueries = heads.OverQueries(rows);
        against.Execute(Library, b.Q, b.Keys, null, b.P, b.Scratchpad);
        against.Execute(Library, b.G, b.Values, null, b.D, b.Scratchpad);
        float* lse = p.Lse + ((((long)batch * p.Heads) + head) * p.Tokens) + query;
        for (int r = 0; r < rows; r++)
        {
            float delta = Reductions.Dot<TSimd, TVector>(g + (r * Plain.G.Row), y + (r * p.Y.Row), p.Dim);
            nint row = (nint)r * heads.Keys;
            AttentionBackward.Slopes<TSimd, TVector>(b.P + row, b.D + row, p.Keys, heads.Keys, lse[r], delta);
        }

        Conversions.ToBFloat16(b.P, b.Shares, (long)rows * heads.Keys);
        Conversions.ToBFloat16(b.D, b.Slopes, (long)rows * heads.Keys);
        heads.OverKeys(rows).Execute(Library, b.Slopes, b.Keys, null, b.Wide, b.Scratchpad);
        Panels.Unpack<TSimd, TVector>(
            b.Wide, p.Dim, null, rows, p.Dim, Plain.GQ[batch, head] + (query * Plain.GQ.Row), Plain.GQ.Row, Plain.AddQ, p.Scale);
        overQueries.Execute(Library, b.Slopes, b.Q, null, b.GK, b.Scratchpad);
        overQueries.Execute(Library, b.Shares, b.G, null, b.GV, b.Scratchpad);
    }

    /// <summary>Scratch memory of one item: keys, values and the sums of their gradients, and one block of what is per query. Wide is a block of queries in float32.</summary>
    private struct Buffers
    {
        public byte* Scratchpad;
        public float* P, D, GK, GV, Wide;
        public ushort* Keys, Values, Q, G, Shares, Slopes;
    }
}
