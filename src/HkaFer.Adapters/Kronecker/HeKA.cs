namespace HkaFer.Adapters;

/// <summary>Heterogeneous Kronecker adaptation (HKAFER, equation 7): N Kronecker adapters of different sizes beside a layer, with a router.</summary>
public sealed record HeKA : KroneckerConfig
{
    /// <inheritdoc/>
    public override string Method => "heka";

    /// <inheritdoc/>
    protected override IReadOnlyList<(int Q, int L)> DefaultSizes(int hidden)
    {
        int s = KroneckerSizes.Scale(hidden);
        return Adapters switch
        {
            1 => [(s, s)],
            2 => [(s, 2 * s), (2 * s, s)],
            4 => KroneckerSizes.Pairs(s, 2 * s),
            9 => KroneckerSizes.Pairs(s / 2, s, 2 * s),
            _ => throw new HkaFerException($"heka: no default sizes for {Adapters} adapters; choose 1, 2, 4 or 9, or give `sizes` as a list of [q, l]"),
        };
    }
}
