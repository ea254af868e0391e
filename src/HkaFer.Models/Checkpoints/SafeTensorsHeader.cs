using System.Text.Json;
using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>
/// Parses the header of a safetensors file, which comes from outside and is believed in nothing: sizes are checked for overflow, ranges against
/// the file, against each other, and against the shapes.
/// </summary>
internal static class SafeTensorsHeader
{
    /// <summary>As the reference implementation: no real header is near it.</summary>
    internal const int Limit = 100_000_000;

    internal static (Dictionary<string, SafeTensorInfo> Tensors, Dictionary<string, string> Metadata) Parse(
        string path, ReadOnlyMemory<byte> json, long dataStart, long fileLength)
    {
        var tensors = new Dictionary<string, SafeTensorInfo>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw Bad(path, "the header is not a JSON object");
            }

            foreach (JsonProperty entry in document.RootElement.EnumerateObject())
            {
                if (entry.Name == "__metadata__")
                {
                    foreach (JsonProperty pair in entry.Value.EnumerateObject())
                    {
                        metadata[pair.Name] = pair.Value.GetString() ?? "";
                    }
                }
                else if (!tensors.TryAdd(entry.Name, Named(path, entry, dataStart, fileLength)))
                {
                    throw Bad(path, $"tensor '{entry.Name}' is listed twice");
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new HkaFerException($"{path}: not a safetensors file; the header cannot be read ({e.Message}); fetch the file again", e);
        }

        CheckRanges(path, tensors.Values, dataStart, fileLength);
        return (tensors, metadata);
    }

    private static SafeTensorInfo Named(string path, JsonProperty entry, long dataStart, long fileLength)
    {
        try
        {
            return Entry(path, entry.Name, entry.Value, dataStart, fileLength);
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new HkaFerException(
                $"{path}: not a valid safetensors file; tensor '{entry.Name}' needs a dtype, a shape of integers and two data_offsets ({e.Message}); fetch or write the file again", e);
        }
    }

    private static SafeTensorInfo Entry(string path, string name, JsonElement entry, long dataStart, long fileLength)
    {
        string type = entry.GetProperty("dtype").GetString() ?? "";
        DType dtype = type switch
        {
            "F32" => DType.Float32,
            "F64" => DType.Float64,
            "F16" => DType.Float16,
            "BF16" => DType.BFloat16,
            "I32" => DType.Int32,
            "I64" => DType.Int64,
            "U8" or "BOOL" => DType.UInt8,
            _ => throw Bad(path, $"tensor '{name}' has dtype '{type}'; expected F64, F32, F16, BF16, I64, I32, U8 or BOOL"),
        };
        JsonElement sizes = entry.GetProperty("shape"), offsets = entry.GetProperty("data_offsets");
        if (sizes.GetArrayLength() > 16 || offsets.GetArrayLength() != 2)
        {
            throw Bad(path, $"tensor '{name}' has {sizes.GetArrayLength()} axes and {offsets.GetArrayLength()} offsets; expected at most 16 and exactly 2");
        }

        long start = offsets[0].GetInt64(), end = offsets[1].GetInt64(), available = fileLength - dataStart;
        if (start < 0 || end < start || end > available)
        {
            throw Bad(path, $"tensor '{name}' lies at bytes {start} to {end} of {available}; the file is truncated or its header is wrong");
        }

        long bytes = dtype.Size();
        var shape = new int[sizes.GetArrayLength()];
        try
        {
            for (int i = 0; i < shape.Length; i++)
            {
                shape[i] = sizes[i].GetInt32();
                bytes = shape[i] < 0 ? throw new OverflowException() : checked(bytes * Math.Max(shape[i], 1));
            }

            // Overflow is looked for as if no size were zero: a zero must not hide it.
            bytes = shape.Contains(0) ? 0 : bytes;
            return bytes == end - start
                ? new SafeTensorInfo(name, dtype, Shape.Create(shape), dataStart + start, bytes)
                : throw Bad(path, $"tensor '{name}' {type} [{string.Join(", ", shape)}] needs {bytes} bytes, its offsets give {end - start}");
        }
        catch (OverflowException e)
        {
            throw new HkaFerException($"{path}: not a valid safetensors file; the shape of tensor '{name}' is negative or overflows", e);
        }
    }

    /// <summary>The format allows neither overlaps nor holes: either would let two readers see different files.</summary>
    private static void CheckRanges(string path, IEnumerable<SafeTensorInfo> tensors, long dataStart, long fileLength)
    {
        long at = dataStart;
        foreach (SafeTensorInfo tensor in tensors.OrderBy(t => t.Start).ThenBy(t => t.Bytes))
        {
            if (tensor.Start != at)
            {
                throw Bad(path, $"tensor '{tensor.Name}' {(tensor.Start < at ? "overlaps another" : "leaves a hole before it")} (starts at byte {tensor.Start}, expected {at})");
            }

            at += tensor.Bytes;
        }

        if (at != fileLength)
        {
            throw Bad(path, $"{fileLength - at} bytes at the end belong to no tensor");
        }
    }

    private static HkaFerException Bad(string path, string what) => new($"{path}: not a valid safetensors file; {what}; fetch or write the file again");
}
