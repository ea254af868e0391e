using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace HkaFer.Data;

/// <summary>
/// PNG through libpng's simplified interface. The classic interface reports errors by longjmp, which must not cross managed frames;
/// this one returns them.
/// </summary>
static unsafe class PngCodec
{
    static readonly Lazy<LibPng> Library = new(() => new LibPng());

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    /// <summary>Reads the header and walks the chunks, which finds a truncated file before anything is allocated.</summary>
    public static ImageInfo Inspect(ReadOnlySpan<byte> file, string name)
    {
        var chunks = new Chunks(file, name);
        if (!chunks.Next() || !chunks.Type.SequenceEqual("IHDR"u8) || chunks.Data.Length != 13)
        {
            throw ImageException.In(name, "PNG does not begin with an IHDR chunk of 13 bytes; the file is damaged");
        }

        uint width = BinaryPrimitives.ReadUInt32BigEndian(chunks.Data);
        uint height = BinaryPrimitives.ReadUInt32BigEndian(chunks.Data[4..]);
        int bits = chunks.Data[8];
        int channels = chunks.Data[9] switch { 0 or 3 => 1, 4 => 2, 2 => 3, 6 => 4, _ => 0 };
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue || channels == 0)
        {
            throw ImageException.In(name, $"PNG header is invalid: {width} x {height} pixels, colour type {chunks.Data[9]}");
        }

        int orientation = 1;
        bool data = false;
        while (chunks.Next())
        {
            data |= chunks.Type.SequenceEqual("IDAT"u8);
            if (chunks.Type.SequenceEqual("eXIf"u8))
            {
                orientation = Exif.Orientation(chunks.Data);
            }
        }

        return data
            ? new ImageInfo(ImageFormat.Png, (int)width, (int)height, orientation, channels, bits)
            : throw ImageException.In(name, "PNG has no pixel data (no IDAT chunk)");
    }

    /// <summary>Decodes to RGB, not turned. The header has been checked.</summary>
    public static Image Decode(ReadOnlySpan<byte> file, ImageInfo info, string name)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(file.Length);
        try
        {
            var plain = WithoutColourSpace(file, name, buffer, out bool transparent);
            // Asked for RGB, libpng would blend alpha with a background: alpha has to be read and then dropped.
            bool alpha = transparent || info.Channels is 2 or 4;
            var pixels = new byte[checked(info.StoredWidth * info.StoredHeight * (alpha ? 4 : 3))];
            Read(plain, info, name, pixels, alpha);
            return new Image(info.StoredWidth, info.StoredHeight, alpha ? PixelLayout.DropAlpha(pixels) : pixels);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    static void Read(ReadOnlySpan<byte> file, ImageInfo info, string name, byte[] pixels, bool alpha)
    {
        var png = Library.Value;
        var image = new PngImage { Version = 1 };
        fixed (byte* from = file, to = pixels)
        {
            try
            {
                if (png.BeginRead(&image, from, (nuint)file.Length) == 0)
                {
                    throw Failure(&image, name);
                }

                if (image.Width != info.StoredWidth || image.Height != info.StoredHeight)
                {
                    throw ImageException.In(name, $"PNG has a second header: {image.Width} x {image.Height} after {info.StoredWidth} x {info.StoredHeight}");
                }

                image.Format = alpha ? PngImage.Rgba : PngImage.Rgb;
                // Without this, 16-bit values would be taken for linear light and come out far too bright.
                image.Flags |= PngImage.SixteenBitIsSrgb;
                if (png.FinishRead(&image, null, to, 0, null) == 0)
                {
                    throw Failure(&image, name);
                }
            }
            finally
            {
                png.Free(&image);
            }
        }
    }

    /// <summary>
    /// The file with only the chunks that make up its pixels. libpng would convert the rest's colour space (gAMA, cHRM, sRGB, iCCP)
    /// to sRGB, where the published models were fed with the stored values.
    /// </summary>
    static ReadOnlySpan<byte> WithoutColourSpace(ReadOnlySpan<byte> file, string name, byte[] buffer, out bool transparent)
    {
        transparent = false;
        Signature.CopyTo(buffer);
        int length = Signature.Length;
        var chunks = new Chunks(file, name);
        while (chunks.Next())
        {
            bool tRNS = chunks.Type.SequenceEqual("tRNS"u8);
            transparent |= tRNS;
            // A lower-case first letter marks what a reader may leave out. Critical chunks that libpng does not know are its to refuse.
            if (tRNS || char.IsAsciiLetterUpper((char)chunks.Type[0]))
            {
                chunks.Whole.CopyTo(buffer.AsSpan(length));
                length += chunks.Whole.Length;
            }
        }

        return buffer.AsSpan(0, length);
    }

    static ImageException Failure(PngImage* image, string name) =>
        ImageException.In(name, $"PNG cannot be decoded: {NativeCodec.Text(image->Message, PngImage.MessageLength)} (libpng); the file is damaged");

    /// <summary>Walks the chunks up to IEND; their checksums are left to libpng.</summary>
    ref struct Chunks(ReadOnlySpan<byte> file, string name)
    {
        ReadOnlySpan<byte> _rest = file[Signature.Length..];
        bool _ended;

        public ReadOnlySpan<byte> Whole { get; private set; }

        public readonly ReadOnlySpan<byte> Type => Whole[4..8];

        public readonly ReadOnlySpan<byte> Data => Whole[8..^4];

        public bool Next()
        {
            if (_ended)
            {
                return false;
            }

            long length = _rest.Length >= 12 ? BinaryPrimitives.ReadUInt32BigEndian(_rest) : 0;
            if (_rest.Length < 12 || length > _rest.Length - 12)
            {
                throw ImageException.In(
                    name, $"PNG is truncated or damaged: a chunk needs {length + 12} bytes, {_rest.Length} are left");
            }

            Whole = _rest[..((int)length + 12)];
            _rest = _rest[Whole.Length..];
            _ended = Type.SequenceEqual("IEND"u8);
            return true;
        }
    }

    /// <summary><c>png_image</c> of libpng 1.6.</summary>
    [StructLayout(LayoutKind.Sequential)]
    struct PngImage
    {
        public const uint Rgb = 2, Rgba = 3, SixteenBitIsSrgb = 4;
        public const int MessageLength = 64;

        public nint Opaque;
        public uint Version;
        public uint Width;
        public uint Height;
        public uint Format;
        public uint Flags;
        public uint ColourMapEntries;
        public uint WarningOrError;
        public fixed byte Message[MessageLength];
    }

    sealed class LibPng
    {
        public readonly delegate* unmanaged[Cdecl]<PngImage*, byte*, nuint, int> BeginRead;
        public readonly delegate* unmanaged[Cdecl]<PngImage*, void*, byte*, int, void*, int> FinishRead;
        public readonly delegate* unmanaged[Cdecl]<PngImage*, void> Free;

        public LibPng()
        {
            nint library = NativeCodec.Load(ImageFormat.Png);
            BeginRead = (delegate* unmanaged[Cdecl]<PngImage*, byte*, nuint, int>)
                NativeLibrary.GetExport(library, "png_image_begin_read_from_memory");
            FinishRead = (delegate* unmanaged[Cdecl]<PngImage*, void*, byte*, int, void*, int>)
                NativeLibrary.GetExport(library, "png_image_finish_read");
            Free = (delegate* unmanaged[Cdecl]<PngImage*, void>)NativeLibrary.GetExport(library, "png_image_free");
        }
    }
}
