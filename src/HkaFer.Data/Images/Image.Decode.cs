namespace HkaFer.Data;

public sealed partial class Image
{
    /// <summary>Decodes a PNG, JPEG or WebP file to upright RGB: EXIF turned, grey spread, alpha dropped, colour profiles ignored.</summary>
    /// <param name="path">The file. Its content, not its extension, chooses the decoder.</param>
    /// <param name="limits">What the picture may cost; by default 100 megapixels and 256 MiB.</param>
    /// <exception cref="ImageException">The file is missing, truncated, damaged, too large or no picture; the message names it.</exception>
    public static Image Decode(string path, ImageLimits? limits = null) => Decode(ReadFile(path, limits), path, limits);

    /// <summary>Decodes a PNG, JPEG or WebP file that is in memory; see <see cref="Decode(string, ImageLimits?)"/>.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="limits">What the picture may cost; by default 100 megapixels and 256 MiB.</param>
    /// <exception cref="ImageException">The bytes are truncated, damaged, too large or no picture; the message has the name.</exception>
    public static Image Decode(ReadOnlySpan<byte> bytes, string name, ImageLimits? limits = null)
    {
        var info = Inspect(bytes, name);
        long most = (limits ?? ImageLimits.Default).MaxPixels;
        // Four bytes a pixel have to fit one array, whatever the limit says.
        long pixels = (long)info.StoredWidth * info.StoredHeight;
        if (pixels > Math.Min(most, Array.MaxLength / 4))
        {
            throw ImageException.In(
                name, $"{info.StoredWidth} x {info.StoredHeight} pixels are more than the limit of {most:N0}; make it smaller, or raise ImageLimits.MaxPixels");
        }

        var stored = info.Format switch
        {
            ImageFormat.Png => PngCodec.Decode(bytes, info, name),
            ImageFormat.Jpeg => JpegCodec.Decode(bytes, info, name),
            _ => WebPCodec.Decode(bytes, info, name),
        };
        return PixelLayout.Upright(stored, info.Orientation);
    }

    /// <summary>Reads a picture's header without decoding its pixels.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">Of these, the size of the file counts.</param>
    /// <exception cref="ImageException">The file is missing, truncated, damaged or no picture; the message names it.</exception>
    public static ImageInfo Inspect(string path, ImageLimits? limits = null) => Inspect(ReadFile(path, limits), path);

    /// <summary>Reads the header of a picture that is in memory.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="ImageException">The bytes are truncated, damaged or no picture; the message has the name.</exception>
    public static ImageInfo Inspect(ReadOnlySpan<byte> bytes, string name)
    {
        if (bytes.StartsWith(PngCodec.Signature))
        {
            return PngCodec.Inspect(bytes, name);
        }

        if (bytes.StartsWith(JpegCodec.Signature))
        {
            return JpegCodec.Inspect(bytes, name);
        }

        return WebPCodec.Matches(bytes)
            ? WebPCodec.Inspect(bytes, name)
            : throw ImageException.In(name, $"not a picture that is read here; expected PNG, JPEG or WebP, got {Describe(bytes)}");
    }

    static byte[] ReadFile(string path, ImageLimits? limits)
    {
        try
        {
            if (InputFile.HoldsNothing(path))
            {
                throw ImageException.In(path, $"not a picture that is read here; expected PNG, JPEG or WebP, got {Describe([])}");
            }

            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            long most = Math.Min((limits ?? ImageLimits.Default).MaxFileBytes, Array.MaxLength);
            if (file.Length > most)
            {
                throw ImageException.In(path, $"{file.Length:N0} bytes are more than the limit of {most:N0}; raise ImageLimits.MaxFileBytes if it is a picture");
            }

            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            // The system's own words name the path once more.
            string why = e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message.Replace($" '{Path.GetFullPath(path)}'", "", StringComparison.Ordinal);
            throw new ImageException($"image {path}: cannot be read: {why}", e);
        }
    }

    // What people meet: a download that failed, and formats that other programs read.
    static string Describe(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return "an empty file";
        }

        var head = bytes[..Math.Min(bytes.Length, 512)].TrimStart(" \t\r\n\uFEFF"u8);
        return head switch
        {
            [(byte)'<', ..] => "HTML or XML text (a failed download?)",
            [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => "a GIF; convert it to PNG",
            [(byte)'B', (byte)'M', ..] => "a BMP; convert it to PNG",
            [(byte)'I', (byte)'I', 42, 0, ..] or [(byte)'M', (byte)'M', 0, 42, ..] => "a TIFF; convert it to PNG",
            _ when bytes.Length >= 12 && bytes[4..8].SequenceEqual("ftyp"u8) => "an AVIF, HEIC or video file; convert it to PNG",
            _ when !head.ContainsAnyExceptInRange((byte)9, (byte)126) => "text",
            _ => $"bytes that begin {Convert.ToHexString(bytes[..Math.Min(bytes.Length, 8)])}",
        };
    }
}
