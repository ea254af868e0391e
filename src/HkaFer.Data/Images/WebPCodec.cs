using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace HkaFer.Data;

/// <summary>WebP through libwebp.</summary>
static unsafe class WebPCodec
{
    const int AnimationFlag = 2;

    static readonly Lazy<LibWebP> Library = new(() => new LibWebP());

    /// <summary>Whether the bytes begin as a WebP file does.</summary>
    public static bool Matches(ReadOnlySpan<byte> file) =>
        file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..12].SequenceEqual("WEBP"u8);

    /// <summary>Walks the chunks of the container: the size stands in the first, EXIF after the pixels.</summary>
    public static ImageInfo Inspect(ReadOnlySpan<byte> file, string name)
    {
        long claimed = BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) + 8L;
        if (claimed > file.Length)
        {
            throw ImageException.In(name, $"WebP is truncated: the header says {claimed} bytes, the file has {file.Length}");
        }

        int width = 0, height = 0, channels = 3, orientation = 1;
        var rest = file[12..(int)Math.Max(claimed, 12)];
        while (rest.Length >= 8)
        {
            var type = rest[..4];
            long length = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            if (length > rest.Length - 8)
            {
                throw ImageException.In(name, $"WebP is truncated or damaged: a chunk needs {length} bytes, {rest.Length - 8} are left");
            }

            var data = rest.Slice(8, (int)length);
            if (type.SequenceEqual("VP8X"u8) && length >= 10)
            {
                if ((data[0] & AnimationFlag) != 0)
                {
                    throw ImageException.In(name, "WebP is animated, which is not read; save the frame that you want as a picture");
                }

                channels = (data[0] & 0x10) != 0 ? 4 : 3;
                (width, height) = (1 + (data[4] | data[5] << 8 | data[6] << 16), 1 + (data[7] | data[8] << 8 | data[9] << 16));
            }
            else if (type.SequenceEqual("VP8 "u8) && width == 0 && length >= 10)
            {
                // Two upper bits of each are a scaling hint, which decoders ignore.
                width = BinaryPrimitives.ReadUInt16LittleEndian(data[6..]) & 0x3FFF;
                height = BinaryPrimitives.ReadUInt16LittleEndian(data[8..]) & 0x3FFF;
            }
            else if (type.SequenceEqual("VP8L"u8) && width == 0 && length >= 5)
            {
                uint packed = BinaryPrimitives.ReadUInt32LittleEndian(data[1..]);
                (width, height) = (1 + (int)(packed & 0x3FFF), 1 + (int)(packed >> 14 & 0x3FFF));
                channels = (packed >> 28 & 1) != 0 ? 4 : 3;
            }
            else if (type.SequenceEqual("EXIF"u8))
            {
                orientation = Exif.Orientation(data);
            }

            // Chunks of odd length are padded; the last one's padding may be missing.
            rest = rest[(int)Math.Min(8 + length + (length & 1), rest.Length)..];
        }

        return width > 0 && height > 0
            ? new ImageInfo(ImageFormat.WebP, width, height, orientation, channels, 8)
            : throw ImageException.In(name, "WebP has no picture in it, or a truncated one");
    }

    /// <summary>Decodes to RGB, not turned. The header has been checked.</summary>
    public static Image Decode(ReadOnlySpan<byte> file, ImageInfo info, string name)
    {
        var webp = Library.Value;
        var pixels = new byte[checked(info.StoredWidth * info.StoredHeight * 3)];
        fixed (byte* from = file, to = pixels)
        {
            int width, height;
            // The container and the pixels inside state a size each; libwebp goes by the pixels.
            if (webp.GetInfo(from, (nuint)file.Length, &width, &height) == 0 || width != info.StoredWidth || height != info.StoredHeight
                || webp.DecodeRgbInto(from, (nuint)file.Length, to, (nuint)pixels.Length, 3 * width) == null)
            {
                throw ImageException.In(name, "WebP cannot be decoded (libwebp); the file is truncated or damaged");
            }
        }

        return new Image(info.StoredWidth, info.StoredHeight, pixels);
    }

    sealed class LibWebP
    {
        public readonly delegate* unmanaged[Cdecl]<byte*, nuint, int*, int*, int> GetInfo;
        public readonly delegate* unmanaged[Cdecl]<byte*, nuint, byte*, nuint, int, byte*> DecodeRgbInto;

        public LibWebP()
        {
            nint library = NativeCodec.Load(ImageFormat.WebP);
            GetInfo = (delegate* unmanaged[Cdecl]<byte*, nuint, int*, int*, int>)NativeLibrary.GetExport(library, "WebPGetInfo");
            DecodeRgbInto = (delegate* unmanaged[Cdecl]<byte*, nuint, byte*, nuint, int, byte*>)
                NativeLibrary.GetExport(library, "WebPDecodeRGBInto");
        }
    }
}
