namespace HkaFer.Data;

/// <summary>What a picture's header says.</summary>
/// <param name="Format">How it is stored.</param>
/// <param name="StoredWidth">Width in pixels as stored, before the EXIF turn.</param>
/// <param name="StoredHeight">Height in pixels as stored, before the EXIF turn.</param>
/// <param name="Orientation">EXIF orientation, 1 (upright) to 8; 1 where the file has none or an invalid one.</param>
/// <param name="Channels">Values per stored pixel: 1 grey or palette, 2 grey and alpha, 3 colour, 4 colour and alpha, or CMYK.</param>
/// <param name="Bits">Bits per stored value: 1, 2, 4, 8, 12 or 16.</param>
public sealed record ImageInfo(ImageFormat Format, int StoredWidth, int StoredHeight, int Orientation, int Channels, int Bits)
{
    /// <summary>Width in pixels of the upright picture, the one that decoding gives.</summary>
    public int Width => Orientation >= 5 ? StoredHeight : StoredWidth;

    /// <summary>Height in pixels of the upright picture, the one that decoding gives.</summary>
    public int Height => Orientation >= 5 ? StoredWidth : StoredHeight;
}
