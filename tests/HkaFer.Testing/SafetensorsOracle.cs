using System.Buffers.Binary;
using System.Text.Json;

namespace HkaFer.Testing;

/// <summary>
/// Reads a whole safetensors file in the plainest way. It shares nothing with the product's reader, so that a fault there cannot hide
/// behind the same fault here.
/// </summary>
static class SafetensorsOracle
{
    public static Dictionary<string, FixtureTensor> Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int headerLength = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file));
        using var header = JsonDocument.Parse(file.AsMemory(8, headerLength));
        var tensors = new Dictionary<string, FixtureTensor>(StringComparer.Ordinal);
        foreach (var entry in header.RootElement.EnumerateObject())
        {
            if (entry.Name == "__metadata__")
            {
                continue;
            }

            string dtype = entry.Value.GetProperty("dtype").GetString()!;
            int[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(x => x.GetInt32())];
            long[] range = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(x => x.GetInt64())];
            long expected = shape.Aggregate((long)FixtureTensor.Width(dtype), (product, length) => product * length);
            if (FixtureTensor.Width(dtype) == 0 || range[1] - range[0] != expected)
            {
                throw new InvalidDataException(
                    $"fixture {path}: tensor {entry.Name} is {dtype} [{string.Join(", ", shape)}], which is {expected} bytes, got {range[1] - range[0]}");
            }

            byte[] bytes = file.AsSpan(checked((int)(8 + headerLength + range[0])), checked((int)expected)).ToArray();
            tensors.Add(entry.Name, new FixtureTensor(entry.Name, dtype, shape, bytes));
        }

        return tensors;
    }
}
