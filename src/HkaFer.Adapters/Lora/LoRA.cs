using System.Text.Json.Nodes;

namespace HkaFer.Adapters;

/// <summary>Low-rank adaptation (Hu et al. 2022; equation 1): h = W x + alpha / r B A x.</summary>
public sealed record LoRA : LowRankConfig
{
    /// <summary>Share of a layer's inputs that B A x does not see, drawn anew at each step of training; the others count for more. 0 outside of training.</summary>
    public double Dropout { get; init; }

    /// <inheritdoc/>
    public override string Method => "lora";

    /// <inheritdoc/>
    public override void Write(JsonObject json, int hidden)
    {
        base.Write(json, hidden);
        json["lora_dropout"] = Dropout;
    }

    /// <inheritdoc/>
    private protected override void Check()
    {
        if (!(Dropout is >= 0 and < 1))
        {
            throw new HkaFerException($"lora: dropout {Dropout} is not possible; expected a share from 0 to below 1");
        }
    }

    private protected override AdapterLayer Create(string path, int input, int output) => new LoraLayer(path, input, output, this);
}
