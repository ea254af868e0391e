namespace HkaFer.Adapters;

/// <summary>Homogeneous Kronecker adaptation: N adapters of one size, the paper's baseline. With N = 1 it is KronA (Edalati et al. 2022).</summary>
public sealed record HoKA : KroneckerConfig
{
    /// <inheritdoc/>
    public override string Method => "hoka";

    /// <inheritdoc/>
    protected override IReadOnlyList<(int Q, int L)> DefaultSizes(int hidden)
    {
        if (Adapters < 1)
        {
            throw new HkaFerException($"hoka: {Adapters} adapters are not possible; choose at least 1");
        }

        int s = KroneckerSizes.Scale(hidden);
        return [.. Enumerable.Repeat((s, s), Adapters)];
    }
}
