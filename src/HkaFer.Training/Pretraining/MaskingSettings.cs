using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>What is hidden of a picture, and what guesses it.</summary>
public sealed record MaskingSettings
{
    /// <summary>Share of the patches that is hidden.</summary>
    public double Ratio { get; init; } = 0.75;

    /// <summary>Sizes of the decoder, which is thrown away.</summary>
    public DecoderConfig Decoder { get; init; } = new();

    /// <summary>Held-out pictures whose reconstructions the report shows; 0 for none.</summary>
    public int Show { get; init; } = 8;

    /// <summary>Epochs from one row of reconstructions to the next; the first and the last are always shown.</summary>
    public int ShowEvery { get; init; } = 10;
}
