namespace HkaFer.Data;

/// <summary>How a picture is stored. The content decides, never the file's extension.</summary>
public enum ImageFormat
{
    /// <summary>Portable Network Graphics; of an animation, the default picture.</summary>
    Png,

    /// <summary>JPEG, baseline or progressive: grey, colour or CMYK.</summary>
    Jpeg,

    /// <summary>WebP, lossy or lossless; not animated.</summary>
    WebP,
}
