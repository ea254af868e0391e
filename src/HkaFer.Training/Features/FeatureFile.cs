using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace HkaFer.Training;

/// <summary>
/// Features of any number of pictures as a safetensors file (tensor <c>features</c>) or a NumPy array, float32, and beside it a table of which row is which
/// picture. Written row by row, so that memory does not grow with the number of pictures.
/// </summary>
public static class FeatureFile
{
    /// <summary>Room for either header, whose count is known only at the end. NumPy wants a multiple of 64.</summary>
    private const int HeaderBytes = 256;

    /// <summary>Whether a path ends in <c>.npy</c> or <c>.safetensors</c>, the forms there are.</summary>
    public static bool IsKnown(string path) => IsNumPy(path) || Path.GetExtension(path) == ".safetensors";

    /// <summary>Where the table of rows stands: the file with <c>.csv</c> behind its name.</summary>
    public static string TableOf(string path) => path + ".csv";

    /// <summary>Writes both files, each whole or not at all.</summary>
    /// <param name="path">A name that <see cref="IsKnown"/> accepts.</param>
    /// <param name="width">Width of a token.</param>
    /// <param name="tokens">Whether a picture has one vector a token, and not one in all.</param>
    /// <param name="rows">Pictures and their features, or why there are none; the features of all have one length.</param>
    /// <returns>Number of pictures with features.</returns>
    /// <exception cref="HkaFerException">No picture has features, or they differ in length, or a file cannot be written; what was there stays.</exception>
    public static int Write(string path, int width, bool tokens, IEnumerable<(string Path, float[]? Features, string? Problem)> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        int count = 0;
        AtomicFile.Write(TableOf(path), table =>
        {
            using var text = new StreamWriter(table, leaveOpen: true);
            text.Write("row,path,problem\n");
            AtomicFile.Write(path, stream =>
            {
                foreach ((string picture, float[]? features, string? problem) in WithHeader(stream, path, width, tokens, rows))
                {
                    text.Write($"{(features is null ? "" : count++.ToString(CultureInfo.InvariantCulture))},{Quoting.CsvCell(picture)},{Quoting.CsvCell(problem ?? "")}\n");
                }

                if (count == 0)
                {
                    throw new HkaFerException($"embed: no picture could be read, for the reasons above; {path} was not written, and what was there is as it was");
                }
            });
        });
        return count;
    }

    /// <summary>Writes the features of each row before it is passed on, and at the end the header, which says how many there were.</summary>
    private static IEnumerable<(string Path, float[]? Features, string? Problem)> WithHeader(
        Stream stream, string path, int width, bool tokens, IEnumerable<(string Path, float[]? Features, string? Problem)> rows)
    {
        long count = 0;
        int length = tokens ? 0 : width;
        stream.Write(new byte[HeaderBytes]);
        foreach ((string Path, float[]? Features, string? Problem) row in rows)
        {
            if (row.Features is { } features)
            {
                length = length == 0 ? features.Length : length;
                if (features.Length != length || length % width != 0)
                {
                    throw new HkaFerException($"{row.Path}: has {features.Length} features; expected {length} as the pictures before, in tokens of {width}");
                }

                stream.Write(MemoryMarshal.AsBytes(features.AsSpan()));
                count++;
            }

            yield return row;
        }

        long[] shape = tokens ? [count, length / width, width] : [count, width];
        stream.Position = 0;
        stream.Write(IsNumPy(path) ? NumPyHeader(shape) : SafeTensorsHeader(shape, count * length * sizeof(float)));
    }

    private static bool IsNumPy(string path) => Path.GetExtension(path) == ".npy";

    /// <summary>Version 1.0 of NumPy's format: magic, length of the text, a Python dictionary, spaces, a line feed.</summary>
    private static byte[] NumPyHeader(long[] shape)
    {
        string text = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({string.Join(", ", shape)}), }}";
        var header = new byte[HeaderBytes];
        header[0] = 0x93;
        "NUMPY"u8.CopyTo(header.AsSpan(1));
        header[6] = 1;
        BitConverter.TryWriteBytes(header.AsSpan(8), (ushort)(HeaderBytes - 10));
        header.AsSpan(10).Fill((byte)' ');
        Encoding.ASCII.GetBytes(text).CopyTo(header, 10);
        header[^1] = (byte)'\n';
        return header;
    }

    private static byte[] SafeTensorsHeader(long[] shape, long bytes)
    {
        string text = JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["features"] = new { dtype = "F32", shape, data_offsets = new[] { 0, bytes } },
        });
        var header = new byte[HeaderBytes];
        BitConverter.TryWriteBytes(header, (long)(HeaderBytes - sizeof(long)));
        header.AsSpan(sizeof(long)).Fill((byte)' ');
        Encoding.ASCII.GetBytes(text).CopyTo(header, sizeof(long));
        return header;
    }
}
