namespace HkaFer.Data;

/// <summary>
/// What a picture may cost. Checked before anything of the picture's claimed size is allocated, since a header of 30 bytes can claim
/// gigabytes.
/// </summary>
public sealed record ImageLimits
{
    /// <summary>100 megapixels and 256 MiB.</summary>
    public static ImageLimits Default { get; } = new();

    /// <summary>Most pixels, width times height; a decoded pixel takes 3 to 7 bytes.</summary>
    public long MaxPixels { get; init; } = 100_000_000;

    /// <summary>Largest file in bytes; it is read whole.</summary>
    public long MaxFileBytes { get; init; } = 256L << 20;
}
