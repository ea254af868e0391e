namespace HkaFer.Adapters;

/// <summary>Low-rank adaptation (Hu et al. 2022; equation 1): h = W x + alpha / r B A x.</summary>
public sealed record LoRA : LowRankConfig
{
    /// <inheritdoc/>
    public override string Method => "lora";

    private protected override AdapterLayer Create(string path, int input, int output) => new LoraLayer(path, input, output, this);
}
