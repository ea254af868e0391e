namespace HkaFer.Bench;

/// <summary>Which operand of a product lies transposed in memory.</summary>
internal enum SgemmOrder
{
    /// <summary>x W^T: the forward pass, W in rows.</summary>
    Forward,

    /// <summary>g W: the gradient of x.</summary>
    InputGradient,

    /// <summary>g^T x: the gradient of W.</summary>
    WeightGradient,
}

/// <summary>A product to measure: C [M, N] over K, <paramref name="Batch"/> times.</summary>
internal sealed record SgemmShape(SgemmOrder Order, int M, int N, int K, int Batch = 1)
{
    private const int Tokens = 1028;

    private static readonly (int K, int N)[] Layers =
        [(384, 1152), (384, 384), (384, 1536), (1536, 384), (1024, 3072), (1024, 1024), (1024, 4096), (4096, 1024)];

    /// <summary>The frozen layers of a vision transformer, forward and backward: 4 images of 257 tokens, widths 384 and 1024.</summary>
    public static IEnumerable<SgemmShape> Frozen =>
        Layers.Select(l => new SgemmShape(SgemmOrder.Forward, Tokens, l.N, l.K))
            .Concat(Layers.Select(l => new SgemmShape(SgemmOrder.InputGradient, Tokens, l.K, l.N)));

    /// <summary>What else a step multiplies: weight gradients, low ranks, heads, attention, single tokens.</summary>
    public static IEnumerable<SgemmShape> Others =>
    [
        .. Layers.Select(l => new SgemmShape(SgemmOrder.WeightGradient, l.N, l.K, Tokens)),
        new(SgemmOrder.Forward, Tokens, 32, 384),
        new(SgemmOrder.Forward, Tokens, 384, 32),
        new(SgemmOrder.InputGradient, Tokens, 32, 384),
        new(SgemmOrder.InputGradient, Tokens, 384, 32),
        new(SgemmOrder.WeightGradient, 32, 384, Tokens),
        new(SgemmOrder.Forward, 4, 7, 384),
        new(SgemmOrder.InputGradient, 4, 384, 7),
        new(SgemmOrder.WeightGradient, 7, 384, 4),
        new(SgemmOrder.Forward, Tokens, 7, 384),
        new(SgemmOrder.Forward, 1, 4096, 1024),
        new(SgemmOrder.InputGradient, 1, 4096, 1024),
        new(SgemmOrder.Forward, 16, 4096, 1024),
        new(SgemmOrder.InputGradient, 16, 4096, 1024),
        new(SgemmOrder.Forward, 16, 16, 16),
        new(SgemmOrder.Forward, 257, 257, 64, Batch: 24),
        new(SgemmOrder.InputGradient, 257, 64, 257, Batch: 24),
        new(SgemmOrder.WeightGradient, 257, 64, 257, Batch: 24),
    ];

    /// <summary>Floating point operations.</summary>
    public double Flops => 2.0 * M * N * K * Batch;

    /// <summary>A lies as [K, M].</summary>
    public bool TransposedA => Order == SgemmOrder.WeightGradient;

    /// <summary>B lies as [N, K].</summary>
    public bool TransposedB => Order == SgemmOrder.Forward;

    /// <summary>The shape as the table names it.</summary>
    public override string ToString()
    {
        var operands = Order switch { SgemmOrder.Forward => "x W^T", SgemmOrder.InputGradient => "g W", _ => "g^T x" };
        return $"{operands,-5} {(Batch > 1 ? $"{Batch} of " : "")}{M} x {N} over {K}";
    }
}
