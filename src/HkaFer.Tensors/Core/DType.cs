namespace HkaFer.Tensors;

/// <summary>How an element is stored. Arithmetic is done in float32 (in float64 for <see cref="Float64"/>).</summary>
public enum DType
{
    /// <summary>IEEE binary32, the arithmetic type.</summary>
    Float32,

    /// <summary>IEEE binary64, for the reference device and gradient checks.</summary>
    Float64,

    /// <summary>bfloat16: the upper half of a float32. Storage only.</summary>
    BFloat16,

    /// <summary>IEEE binary16. Storage only.</summary>
    Float16,

    /// <summary>32-bit signed integer.</summary>
    Int32,

    /// <summary>64-bit signed integer.</summary>
    Int64,

    /// <summary>8-bit unsigned integer.</summary>
    UInt8,
}

/// <summary>Facts about element types.</summary>
public static class DTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(this DType dtype) => dtype switch
    {
        DType.Float64 or DType.Int64 => 8,
        DType.Float32 or DType.Int32 => 4,
        DType.BFloat16 or DType.Float16 => 2,
        DType.UInt8 => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype)),
    };

    /// <summary>As checkpoints, recipes and options spell it: <c>float32</c>, <c>bfloat16</c>.</summary>
    public static string Name(this DType dtype) => dtype.ToString().ToLowerInvariant();

    /// <summary>Whether elements are floating-point numbers, which alone can have gradients.</summary>
    public static bool IsFloat(this DType dtype) => dtype is DType.Float32 or DType.Float64 or DType.BFloat16 or DType.Float16;
}
