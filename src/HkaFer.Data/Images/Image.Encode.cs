namespace HkaFer.Data;

public sealed partial class Image
{
    /// <summary>The picture as the bytes of a PNG file, 8-bit RGB.</summary>
    public byte[] EncodePng() => PngWriter.Encode(this);

    /// <summary>Writes the picture as PNG, whole or not at all; folders on the way are made.</summary>
    /// <exception cref="HkaFerException">The file cannot be written; the message names it.</exception>
    public void SavePng(string path) => AtomicFile.Write(path, stream => stream.Write(EncodePng()));
}
