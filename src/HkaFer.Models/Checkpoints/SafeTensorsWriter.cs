using System.Buffers.Binary;
using System.Text.Json;
using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Writes safetensors files.</summary>
public static class SafeTensorsWriter
{
    /// <summary>Elements that are copied out at a time.</summary>
    private const int Piece = 1 << 22;

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
        Save(path, [.. tensors.Select(t => new TensorSource(t.Name, t.Tensor.DType, t.Tensor.Shape, () => t.Tensor))], metadata);
    }

    /// <summary>As <see cref="Save(string, IReadOnlyList{ValueTuple{string, Tensor}}, IReadOnlyDictionary{string, string})"/>, with values that are made one after another.</summary>
    internal static void Save(string path, IReadOnlyList<TensorSource> tensors, IReadOnlyDictionary<string, string>? metadata, CancellationToken cancel = default)
    {
        Check(path, tensors);
        tensors = [.. tensors.OrderByDescending(t => t.DType.Size())];
        byte[] header = Header(tensors, metadata);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> prefix = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
            stream.Write(prefix);
            stream.Write(header);
            foreach (TensorSource tensor in tensors)
            {
                cancel.ThrowIfCancellationRequested();
                Write(stream, tensor);
            }
        });
    }

    private static void Check(string path, IReadOnlyList<TensorSource> tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal) { "__metadata__" };
        foreach (string name in tensors.Select(t => t.Name))
        {
            if (!names.Add(name))
            {
                throw new HkaFerException($"{path}: tensor '{name}' is {(name == "__metadata__" ? "a reserved name" : "given twice")}; a safetensors file needs names of their own");
            }
        }
    }

    private static byte[] Header(IReadOnlyList<TensorSource> tensors, IReadOnlyDictionary<string, string>? metadata)
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
            foreach (TensorSource tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", TypeName(tensor.DType));
                json.WriteStartArray("shape");
                foreach (int size in tensor.Shape.Sizes)
                {
                    json.WriteNumberValue(size);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(at += tensor.Shape.Count * tensor.DType.Size());
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

    /// <summary>A piece at a time: a tensor may be larger than an array.</summary>
    private static void Write(Stream stream, TensorSource source)
    {
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        Tensor flat = source.Make().Contiguous().Reshape(-1);
        for (int at = 0; at < flat.Shape[0]; at += Piece)
        {
            stream.Write(flat.Slice(0, at, Math.Min(Piece, flat.Shape[0] - at)).ToBytes());
        }
    }
}
