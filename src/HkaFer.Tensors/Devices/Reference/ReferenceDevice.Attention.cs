namespace HkaFer.Tensors;

// Attention, one query at a time.
internal sealed partial class ReferenceDevice
{
    internal override void Attention(Tensor q, Tensor k, Tensor v, double scale, bool causal, Tensor y, Tensor lse, bool narrow = false)
    {
        var s = new AttentionSizes(q, k);
        double[] qs = Plain.Read(q), ks = Plain.Read(k), vs = Plain.Read(v), result = new double[qs.Length], lses = new double[lse.Count];
        for (int query = 0; query < lses.Length; query++)
        {
            int keyBase = s.KeyBase(query), visible = s.Visible(query, causal);
            double[] scores = Scores(qs, ks, query, keyBase, visible, s.Dim, scale);
            lses[query] = LogSumExp(scores);
            for (int key = 0; key < visible; key++)
            {
                double p = Math.Exp(scores[key] - lses[query]);
                for (int i = 0; i < s.Dim; i++) { result[(query * s.Dim) + i] += p * vs[((keyBase + key) * s.Dim) + i]; }
            }
        }

        Plain.Write(y, result);
        Plain.Write(lse, lses);
    }

    internal override void AttentionBackward(
        Tensor q, Tensor k, Tensor v, double scale, bool causal, Tensor y, Tensor lse, Tensor gy, Target gq, Target gk, Target gv, bool narrow = false)
    {
        var s = new AttentionSizes(q, k);
        double[] qs = Plain.Read(q), ks = Plain.Read(k), vs = Plain.Read(v), ys = Plain.Read(y), lses = Plain.Read(lse), g = Plain.Read(gy);
        double[] dq = new double[qs.Length], dk = new double[ks.Length], dv = new double[vs.Length];
        for (int query = 0; query < lses.Length; query++)
        {
            int keyBase = s.KeyBase(query), visible = s.Visible(query, causal), at = query * s.Dim;
            double[] scores = Scores(qs, ks, query, keyBase, visible, s.Dim, scale);
            double delta = 0;
            for (int i = 0; i < s.Dim; i++) { delta += g[at + i] * ys[at + i]; }
            for (int key = 0; key < visible; key++)
            {
                int keyAt = (keyBase + key) * s.Dim;
                double p = Math.Exp(scores[key] - lses[query]), dp = 0;
                for (int i = 0; i < s.Dim; i++)
                {
                    dp += g[at + i] * vs[keyAt + i];
                    dv[keyAt + i] += p * g[at + i];
                }

                double ds = scale * p * (dp - delta);
                for (int i = 0; i < s.Dim; i++)
                {
                    dq[at + i] += ds * ks[keyAt + i];
                    dk[keyAt + i] += ds * qs[at + i];
                }
            }
        }

        Plain.Write(gq, dq);
        Plain.Write(gk, dk);
        Plain.Write(gv, dv);
    }

    internal override void Rotate(Tensor x, Tensor cos, Tensor sin, bool back, Target y)
    {
        int heads = x.Shape[1], half = x.Shape[2] / 2;
        double[] v = Plain.Read(x), c = Plain.Read(cos), s = Plain.Read(sin), result = new double[v.Length];
        for (int row = 0; row < x.Shape[0] * heads; row++)
        {
            for (int i = 0; i < half; i++)
            {
                int angle = (row / heads * half) + i, first = (row * 2 * half) + i, second = first + half;
                double turn = back ? -s[angle] : s[angle];
                result[first] = (v[first] * c[angle]) - (v[second] * turn);
                result[second] = (v[second] * c[angle]) + (v[first] * turn);
            }
        }

        Plain.Write(y, result);
    }

    private static double[] Scores(double[] q, double[] k, int query, int keyBase, int visible, int dim, double scale)
    {
        var scores = new double[visible];
        for (int key = 0; key < visible; key++)
        {
            for (int i = 0; i < dim; i++) { scores[key] += scale * q[(query * dim) + i] * k[((keyBase + key) * dim) + i]; }
        }

        return scores;
    }

    /// <summary>Indices of a query that counts through batch, heads and tokens.</summary>
    private readonly record struct AttentionSizes(int Heads, int KeyHeads, int Tokens, int Keys, int Dim)
    {
        internal AttentionSizes(Tensor q, Tensor k)
            : this(q.Shape[1], k.Shape[1], q.Shape[2], k.Shape[2], q.Shape[3]) { }

        internal int KeyBase(int query)
        {
            int head = query / Tokens;
            return ((head / Heads * KeyHeads) + (head % Heads / (Heads / KeyHeads))) * Keys;
        }

        internal int Visible(int query, bool causal) => causal ? Math.Clamp((query % Tokens) + 1 + Keys - Tokens, 0, Keys) : Keys;
    }
}
