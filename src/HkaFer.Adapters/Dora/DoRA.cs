namespace HkaFer.Adapters;

/// <summary>
/// Weight-decomposed low-rank adaptation (Liu et al. 2024): h = m (W + s B A) x / |W + s B A| + b, the norm taken by rows of the weight, m learnt
/// and started at the norms of W. As in the PEFT library, the norm counts as a constant in the gradient.
/// </summary>
public sealed record DoRA : LowRankConfig
{
    /// <inheritdoc/>
    public override string Method => "dora";

    private protected override AdapterLayer Create(string path, int input, int output) => new DoraLayer(path, input, output, this);
}
