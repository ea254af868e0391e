using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace HkaFer.Data;

/// <summary>JPEG through libjpeg-turbo's TurboJPEG interface, which returns errors instead of jumping.</summary>
static unsafe class JpegCodec
{
    const int Rgb = 0, Cmyk = 11;
    const int AccurateDct = 4096, LimitScans = 32768;

    // How libjpeg's warnings begin, and none of its errors.
    static readonly string[] Recovered =
        ["Corrupt JPEG data", "Inconsistent progression", "Unknown Adobe color transform", "Warning: unknown JFIF revision"];

    static readonly Lazy<TurboJpeg> Library = new(() => new TurboJpeg());

    public static ReadOnlySpan<byte> Signature => [0xFF, 0xD8, 0xFF];

    static ReadOnlySpan<byte> EndMarker => [0xFF, 0xD9];

    /// <summary>Reads the segments up to the frame header, which has the size; EXIF stands before it.</summary>
    public static ImageInfo Inspect(ReadOnlySpan<byte> file, string name)
    {
        int orientation = 0;
        var rest = file[2..];
        while (true)
        {
            // Anything between segments is skipped, and 0xFF may be repeated: libjpeg reads so.
            int start = rest.IndexOf((byte)0xFF);
            rest = start < 0 ? [] : rest[start..].TrimStart((byte)0xFF);
            if (rest.Length < 3)
            {
                throw Truncated(name);
            }

            byte marker = rest[0];
            if (marker is 0x00 or 0x01 or (>= 0xD0 and <= 0xD8))
            {
                rest = rest[1..];
                continue;
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(rest[1..]);
            if (length < 2 || length > rest.Length - 1 || marker == 0xD9)
            {
                throw Truncated(name);
            }

            var data = rest[3..(length + 1)];
            rest = rest[(length + 1)..];
            bool frame = marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);
            if (frame)
            {
                // Pixel data cannot hold the end marker, so a file without one has been cut.
                if (rest.IndexOf(EndMarker) < 0)
                {
                    throw ImageException.In(name, "JPEG is truncated: it has no end marker");
                }

                return Frame(data, Math.Max(orientation, 1), name);
            }

            if (marker == 0xDA)
            {
                throw ImageException.In(name, "JPEG has pixel data before its frame header; the file is damaged");
            }

            // The first EXIF block counts; later APP1 segments are its continuation, or XMP.
            if (marker == 0xE1 && orientation == 0 && data.StartsWith("Exif\0\0"u8))
            {
                orientation = Exif.Orientation(data);
            }
        }
    }

    static ImageInfo Frame(ReadOnlySpan<byte> data, int orientation, string name)
    {
        if (data.Length < 6)
        {
            throw Truncated(name);
        }

        int height = BinaryPrimitives.ReadUInt16BigEndian(data[1..]), width = BinaryPrimitives.ReadUInt16BigEndian(data[3..]);
        int channels = data[5];
        if (width == 0 || height == 0 || channels is not (1 or 3 or 4))
        {
            throw ImageException.In(
                name, $"JPEG header is invalid or of a rare kind: {width} x {height} pixels, {channels} components (1, 3 and 4 are read)");
        }

        return new ImageInfo(ImageFormat.Jpeg, width, height, orientation, channels, data[0]);
    }

    /// <summary>Decodes to RGB, not turned. The header has been checked.</summary>
    public static Image Decode(ReadOnlySpan<byte> file, ImageInfo info, string name)
    {
        var turbo = Library.Value;
        bool cmyk = info.Channels == 4;
        var pixels = new byte[checked(info.StoredWidth * info.StoredHeight * (cmyk ? 4 : 3))];
        nint decoder = turbo.Init();
        if (decoder == 0)
        {
            throw ImageException.In(name, "TurboJPEG gave no decoder: out of memory");
        }

        try
        {
            fixed (byte* from = file, to = pixels)
            {
                // A progressive file may hold thousands of passes over all its pixels: their number is limited.
                int result = turbo.Decompress(
                    decoder, from, new CULong((nuint)file.Length), to, info.StoredWidth, 0, info.StoredHeight, cmyk ? Cmyk : Rgb, AccurateDct | LimitScans);
                if (result != 0)
                {
                    Judge(NativeCodec.Text(turbo.Error(decoder), 200), name);
                }
            }
        }
        finally
        {
            turbo.Destroy(decoder);
        }

        return new Image(info.StoredWidth, info.StoredHeight, cmyk ? PixelLayout.AdobeCmykToRgb(pixels) : pixels);
    }

    // libjpeg fills what is missing with grey and calls it a warning. Other damage (stray bytes, a bad code, a missing restart) is
    // let pass, since Pillow reads such files and data sets have them. The message decides: after a warning, TurboJPEG's error code
    // says "warning" even of what ended the decoding.
    static void Judge(string message, string name)
    {
        bool recovered = Recovered.Any(x => message.StartsWith(x, StringComparison.Ordinal));
        if (!recovered || message.Contains("premature end", StringComparison.OrdinalIgnoreCase))
        {
            throw ImageException.In(name, $"JPEG cannot be decoded: {message} (libjpeg-turbo); the file is truncated or damaged");
        }
    }

    static ImageException Truncated(string name) =>
        ImageException.In(name, "JPEG is truncated or damaged: it ends before its frame header");

    sealed class TurboJpeg
    {
        public readonly delegate* unmanaged[Cdecl]<nint> Init;
        public readonly delegate* unmanaged[Cdecl]<nint, byte*, CULong, byte*, int, int, int, int, int, int> Decompress;
        public readonly delegate* unmanaged[Cdecl]<nint, byte*> Error;
        public readonly delegate* unmanaged[Cdecl]<nint, int> Destroy;

        public TurboJpeg()
        {
            nint library = NativeCodec.Load(ImageFormat.Jpeg);
            Init = (delegate* unmanaged[Cdecl]<nint>)NativeLibrary.GetExport(library, "tjInitDecompress");
            Decompress = (delegate* unmanaged[Cdecl]<nint, byte*, CULong, byte*, int, int, int, int, int, int>)
                NativeLibrary.GetExport(library, "tjDecompress2");
            Error = (delegate* unmanaged[Cdecl]<nint, byte*>)NativeLibrary.GetExport(library, "tjGetErrorStr2");
            Destroy = (delegate* unmanaged[Cdecl]<nint, int>)NativeLibrary.GetExport(library, "tjDestroy");
        }
    }
}
