namespace HkaFer.Models;

/// <summary>Sizes of the decoder of a <see cref="MaskedAutoencoder"/>; small, as only its encoder is kept.</summary>
public sealed record DecoderConfig
{
    /// <summary>Width of its tokens; a multiple of 4 and of the heads.</summary>
    public int Width { get; init; } = 64;

    /// <summary>Number of blocks.</summary>
    public int Depth { get; init; } = 2;

    /// <summary>Attention heads a block.</summary>
    public int Heads { get; init; } = 4;
}
