using System.Buffers.Binary;
using System.Text.Json;
using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Writes safetensors files.</summary>
public static class SafeTensorsWriter
{
    /// <summary>
    /// Writes tensors whole or not at all, each in its own element type; in the order given, but those of larger elements first, so that each
    /// starts at a multiple of its element and can be mapped.
    /// </summary>
    /// <param name="path">The file, replaced where it exists.</param>
    /// <param name="tensors">Keys and values.</param>
    /// <param name="metadata">Free text, or none.</param>
    /// <exception cref="HkaFerException">A key is given twice or reserved, or the file cannot be written.</exception>
    public static void Save(string path, IReadOnlyList<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        Check(path, tensors);
        tensors = [.. tensors.OrderByDescending(t => t.Tensor.DType.Size())];
        byte[] header = Header(tensors, metadata);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> prefix = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
            stream.Write(prefix);
            stream.Write(header);
            foreach ((_, Tensor tensor) in tensors)
            {
                stream.Write(Bytes(tensor));
            }
        });
    }

    private static void Check(string path, IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal) { "__metadata__" };
        foreach ((string name, _) in tensors)
        {
            if (!names.Add(name))
            {
                throw new HkaFerException($"{path}: tensor '{name}' is {(name == "__metadata__" ? "a reserved name" : "given twice")}; a safetensors file needs names of their own");
            }
        }
    }

    private static byte[] Header(IReadOnlyList<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach ((string key, string value) in metadata)
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            long at = 0;
            foreach ((string name, Tensor tensor) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", TypeName(tensor.DType));
                json.WriteStartArray("shape");
                foreach (int size in tensor.Shape.Sizes)
                {
                    json.WriteNumberValue(size);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(at += tensor.Count * tensor.DType.Size());
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // Data starts at a multiple of eight, as the format asks for; the header is padded with spaces.
        while (buffer.Length % 8 != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private static string TypeName(DType dtype) => dtype switch
    {
        DType.Float32 => "F32",
        DType.Float64 => "F64",
        DType.Float16 => "F16",
        DType.BFloat16 => "BF16",
        DType.Int32 => "I32",
        DType.Int64 => "I64",
        _ => "U8",
    };

    private static byte[] Bytes(Tensor tensor)
    {
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        return tensor.Contiguous().ToBytes();
    }
}
