using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors;

/// <summary>
/// <see cref="AttentionForward"/> with products in bfloat16: queries, keys, values and exponentials are rounded before they are multiplied; sums, softmax and the
/// result are float32.
/// </summary>
internal unsafe struct BFloat16AttentionForward : IRangeKernel
{
    public OneDnnLibrary Library;
    public AttentionProblem Problem;

    /// <summary>Items of one head.</summary>
    public int Splits;

    public readonly void Run<TSimd, TVector>(long start, long end)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        var heads = new BFloat16Heads(Library, Problem);
        for (long item = start; item < end; item++)
        {
            (long head, long split) = Math.DivRem(item, Splits);
            int first = (int)(heads.Blocks * split / Splits), last = (int)(heads.Blocks * (split + 1) / Splits);
            if (first < last) { Head<TSimd, TVector>(heads, (int)(head / Problem.Heads), (int)(head % Problem.Heads), first, last); }
        }
    }

    private readonly void Head<TSimd, TVector>(in BFloat16Heads heads, int batch, int head, int firstBlock, int lastBlock)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        AttentionProblem p = Problem;
        int most = heads.MostQueries, keyHead = head / (p.Heads / p.KeyHeads);
        nint keyed = (nint)heads.Keys * p.Dim, asked = (nint)most * p.Dim, scored = (nint)most * heads.Keys;
        nint normed = Tile.RoundUp(most, BFloat16Heads.Lanes);
        long pad = (heads.ScratchpadBytes(backward: false) + 63) & ~63L;
        var scratchpad = (byte*)Scratch.Get(pad + ((scored + asked + normed) * sizeof(float)) + (((2 * keyed) + asked + scored) * sizeof(ushort)));
        float* scores = (float*)(scratchpad + pad), o = scores + scored, factors = o + asked;
        ushort* keys = (ushort*)(factors + normed), values = keys + keyed, q = values + keyed, shares = q + asked;
        heads.Round(p.K[batch, keyHead], p.K.Row, p.Keys, heads.Keys, keys);
        heads.Round(p.V[batch, keyHead], p.V.Row, p.Keys, heads.Keys, values);
        for (int block = firstBlock; block < lastBlock; block++)
        {
            int query = heads.First(block), rows = heads.First(block + 1) - query;
            Panels.Rows<TSimd, TVector>(p.Q[batch, head] + (query * p.Q.Row), p.Q.Row, rows, p.Dim, o, p.Dim, rows, p.Scale);
            Conversions.ToBFloat16(o, q, (long)rows * p.Dim);
            heads.AgainstKeys(rows).Execute(Library, q, keys, null, scores, scratchpad);
            float* lse = p.Lse + ((((long)batch * p.Heads) + head) * p.Tokens) + query;
            for (int r = 0; r < rows; r++)
            {
                float* row = scores + ((nint)r * heads.Keys);
                float max = Reductions.Max<TSimd, TVector>(row, p.Keys), sum = Reductions.Exponentials<TSimd, TVector>(row, row, p.Keys, max);
                new Span<float>(row + p.Keys, heads.Keys - p.Keys).Clear();
                factors[r] = 1 / sum;
                lse[r] = (float)(max + Math.Log(sum));
            }

            Conversions.ToBFloat16(scores, shares, (long)rows * heads.Keys);
            heads.OverKeys(rows).Execute(Library, shares, values, null, o, scratchpad);
            Panels.Unpack<TSimd, TVector>(o, p.Dim, factors, rows, p.Dim, p.Y[batch, head] + (query * p.Y.Row), p.Y.Row, false);
        }
    }
}
