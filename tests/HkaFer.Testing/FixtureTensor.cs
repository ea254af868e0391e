using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace HkaFer.Testing;

/// <summary>One tensor of a reference dump: its bytes as stored, and its values in the types that tests compare in.</summary>
/// <param name="name">The name in the file, for messages.</param>
/// <param name="dtype">The safetensors name: F64, F32, F16, BF16, I64, I32, U8, BOOL.</param>
/// <param name="shape">The lengths of the axes; empty for a scalar.</param>
/// <param name="bytes">Little-endian values, row-major.</param>
public sealed class FixtureTensor(string name, string dtype, int[] shape, byte[] bytes)
{
    /// <summary>The name in the file.</summary>
    public string Name { get; } = name;

    /// <summary>The safetensors name of the element type.</summary>
    public string DType { get; } = dtype;

    /// <summary>The lengths of the axes.</summary>
    public int[] Shape { get; } = shape;

    /// <summary>The stored bytes.</summary>
    public byte[] Bytes { get; } = bytes;

    /// <summary>The values as float64, exactly, whatever the stored type (I64 beyond 2^53 excepted).</summary>
    public double[] Doubles() => DType switch
    {
        "F64" => MemoryMarshal.Cast<byte, double>(Bytes).ToArray(),
        "F32" => Array.ConvertAll(MemoryMarshal.Cast<byte, float>(Bytes).ToArray(), x => (double)x),
        "F16" => Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(Bytes).ToArray(), x => (double)x),
        "BF16" => BFloats(),
        _ => Array.ConvertAll(Longs(), x => (double)x),
    };

    /// <summary>The values as float32: rounded to nearest from F64, exact from the narrower types.</summary>
    public float[] Floats() => Array.ConvertAll(Doubles(), x => (float)x);

    /// <summary>The values of an integer or BOOL tensor.</summary>
    public long[] Longs() => DType switch
    {
        "I64" => MemoryMarshal.Cast<byte, long>(Bytes).ToArray(),
        "I32" => Array.ConvertAll(MemoryMarshal.Cast<byte, int>(Bytes).ToArray(), x => (long)x),
        "U8" or "BOOL" => Array.ConvertAll(Bytes, x => (long)x),
        _ => throw new InvalidOperationException($"fixture tensor {Name} is {DType}, not an integer type"),
    };

    /// <summary>Bytes per value of a safetensors element type, or 0 for one that this reader does not know.</summary>
    internal static int Width(string dtype) => dtype switch
    {
        "F64" or "I64" => 8,
        "F32" or "I32" => 4,
        "F16" or "BF16" => 2,
        "U8" or "BOOL" => 1,
        _ => 0,
    };

    double[] BFloats()
    {
        var values = new double[Bytes.Length / 2];
        for (int i = 0; i < values.Length; i++)
        {
            // bfloat16 is the upper half of a float32.
            int upper = BinaryPrimitives.ReadUInt16LittleEndian(Bytes.AsSpan(2 * i));
            values[i] = BitConverter.Int32BitsToSingle(upper << 16);
        }

        return values;
    }
}
