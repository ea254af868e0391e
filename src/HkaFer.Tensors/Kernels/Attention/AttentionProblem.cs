namespace HkaFer.Tensors.Kernels;

/// <summary>A [batch, heads, tokens, dim] tensor with its last axis dense, as kernels read it.</summary>
internal readonly unsafe struct HeadView(Tensor x)
{
    private readonly float* _start = (float*)x.Address;
    private readonly long _batch = x.Strides[0];
    private readonly long _head = x.Strides[1];

    /// <summary>Floats from token to token.</summary>
    internal readonly nint Row = (nint)x.Strides[2];

    /// <summary>The first token of a head.</summary>
    internal float* this[int batch, int head] => _start + (batch * _batch) + (head * _head);

    /// <summary>Whether a tensor can be read so.</summary>
    internal static bool Takes(Tensor x) => x.DType == DType.Float32 && (x.Strides[3] == 1 || x.Shape[3] == 1);
}

/// <summary>Sizes and operands that the forward and the backward kernel share.</summary>
internal unsafe struct AttentionProblem
{
    public HeadView Q, K, V, Y;

    /// <summary>[batch, heads, tokens], dense.</summary>
    public float* Lse;
    public int Batch, Heads, KeyHeads, Tokens, Keys, Dim;
    public float Scale;
    public bool Causal;

    internal AttentionProblem(Tensor q, Tensor k, Tensor v, double scale, bool causal, Tensor y, Tensor lse)
    {
        (Q, K, V, Y) = (new HeadView(q), new HeadView(k), new HeadView(v), new HeadView(y));
        Lse = (float*)lse.Address;
        (Batch, Heads, Tokens, Dim) = (q.Shape[0], q.Shape[1], q.Shape[2], q.Shape[3]);
        (KeyHeads, Keys) = (k.Shape[1], k.Shape[2]);
        (Scale, Causal) = ((float)scale, causal);
    }

    /// <summary>Keys that a query sees: 0 .. result - 1.</summary>
    internal readonly int Visible(int query) => Causal ? Math.Clamp(query + 1 + Keys - Tokens, 0, Keys) : Keys;

    /// <summary>A row of scores padded to whole vectors, and so far that a tile of keys can start at the last one.</summary>
    internal readonly int PaddedKeys(int lanes) => Tile.RoundUp(Tile.RoundUp(Keys, Tile.Rows), lanes);
}
