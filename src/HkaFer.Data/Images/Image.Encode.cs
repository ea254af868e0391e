namespace HkaFer.Data;

public sealed partial class Image
{
    /// <summary>The picture as the bytes of a PNG file, 8-bit RGB.</summary>
    public byte[] EncodePng() => PngWriter.Encode(this);

    /// <summary>Writes the picture as PNG, under a temporary name first: the file is never seen half written.</summary>
    /// <exception cref="ImageException">The file cannot be written; the message names it.</exception>
    public void SavePng(string path)
    {
        string temporary = $"{path}.{Environment.ProcessId}-{Guid.NewGuid():N}.tmp";
        try
        {
            File.WriteAllBytes(temporary, EncodePng());
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            // Deleting what was never made is no error.
            try
            {
                File.Delete(temporary);
            }
            catch (Exception second) when (second is IOException or UnauthorizedAccessException or ArgumentException)
            {
            }

            throw new ImageException($"image {path}: cannot be written: {e.Message}", e);
        }
    }
}
