using System.Runtime.InteropServices;

namespace HkaFer.Tensors;

// Making tensors from values and reading values back.
public sealed partial class Tensor
{
    /// <summary>Memory without defined content.</summary>
    public static Tensor Empty(Shape shape, DType dtype = DType.Float32, Device? device = null)
    {
        device ??= Device.Default;
        return new Tensor(device.Allocate(checked(shape.Count * dtype.Size())), shape, dtype);
    }

    /// <summary>All zero.</summary>
    public static Tensor Zeros(Shape shape, DType dtype = DType.Float32, Device? device = null) => Full(shape, 0, dtype, device);

    /// <summary>All the same value.</summary>
    public static Tensor Full(Shape shape, double value, DType dtype = DType.Float32, Device? device = null)
    {
        Tensor tensor = Empty(shape, dtype, device);
        tensor.Device.Fill(tensor, value);
        GC.KeepAlive(tensor);
        return tensor;
    }

    /// <summary>A copy of values in row-major order; the element type is that of the values.</summary>
    /// <typeparam name="T">float, double, int, long, byte, <see cref="Half"/> or <see cref="BFloat16"/>.</typeparam>
    /// <exception cref="HkaFerException">The count of values is not that of the shape.</exception>
    public static Tensor From<T>(ReadOnlySpan<T> values, Shape shape, Device? device = null)
        where T : unmanaged
    {
        Tensor tensor = Empty(shape, DTypeOf<T>(), device);
        tensor.CopyFrom(values);
        return tensor;
    }

    /// <summary>A copy of values in row-major order.</summary>
    public static Tensor From<T>(T[] values, Shape shape, Device? device = null)
        where T : unmanaged => From((ReadOnlySpan<T>)values, shape, device);

    /// <summary>Overwrites all elements with values in row-major order.</summary>
    /// <exception cref="HkaFerException">Count or element type differ, or the tensor has gaps.</exception>
    public void CopyFrom<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        Check<T>(values.Length);
        Device.Write(this, MemoryMarshal.AsBytes(values));
    }

    /// <summary>Copies all elements out in row-major order.</summary>
    /// <exception cref="HkaFerException">Count or element type differ.</exception>
    public void CopyTo<T>(Span<T> values)
        where T : unmanaged
    {
        Tensor source = IsContiguous ? this : Detach().Contiguous();
        source.Check<T>(values.Length);
        source.Device.Read(source, MemoryMarshal.AsBytes(values));
    }

    /// <summary>Overwrites part of the memory of a tensor without gaps with raw little-endian bytes: how checkpoints are read piece by piece.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="at">Where they go, in bytes from the tensor's start.</param>
    public void CopyBytes(ReadOnlySpan<byte> bytes, long at)
    {
        Guard.That(IsContiguous, $"tensor: {Shape} has gaps; raw bytes need a dense tensor");
        Device.Write(this, bytes, at);
    }

    /// <summary>The raw little-endian bytes of a tensor without gaps.</summary>
    public byte[] ToBytes()
    {
        Guard.That(IsContiguous, $"tensor: {Shape} has gaps; raw bytes need a dense tensor");
        var bytes = new byte[checked(Count * DType.Size())];
        Device.Read(this, bytes);
        return bytes;
    }

    /// <summary>Overwrites this tensor with another's elements, converting types.</summary>
    /// <exception cref="HkaFerException">Shapes differ.</exception>
    public void CopyFrom(Tensor source)
    {
        Guard.SameShape("copy", this, source);
        if (source.Device == Device)
        {
            Device.Copy(source, this);
            GC.KeepAlive(this);
            GC.KeepAlive(source);
        }
        else
        {
            Device.Copy(From<double>(source.ToDoubles(), Shape, Device), this);
        }
    }

    /// <summary>All elements in row-major order.</summary>
    public T[] ToArray<T>()
        where T : unmanaged
    {
        var values = new T[Count];
        CopyTo<T>(values);
        return values;
    }

    /// <summary>All elements as float32, whatever the type.</summary>
    public float[] ToFloats() => (DType == DType.Float32 ? this : Detach().To(DType.Float32)).ToArray<float>();

    /// <summary>All elements as float64, whatever the type.</summary>
    public double[] ToDoubles() => (DType == DType.Float64 ? this : Detach().To(DType.Float64)).ToArray<double>();

    /// <summary>The value of a tensor of one element.</summary>
    /// <exception cref="HkaFerException">There is not exactly one element.</exception>
    public double Item() => Count == 1
        ? ToDoubles()[0]
        : throw new HkaFerException($"tensor: Item() needs one element; got {Shape}");

    /// <summary>A copy of the elements in new memory, outside the tape.</summary>
    public Tensor Clone()
    {
        Tensor copy = Empty(Shape, DType, Device);
        Device.Copy(this, copy);
        GC.KeepAlive(this);
        return copy;
    }

    private void Check<T>(int length)
        where T : unmanaged
    {
        if (DTypeOf<T>() != DType)
        {
            throw new HkaFerException($"tensor: element type differs; tensor holds {DType}, values are {DTypeOf<T>()}; convert with To()");
        }

        if (length != Count || !IsContiguous)
        {
            throw new HkaFerException($"tensor: {Shape} holds {Count} elements{(IsContiguous ? "" : " with gaps")}, got {length} values");
        }
    }

    private static DType DTypeOf<T>()
        where T : unmanaged
    {
        if (typeof(T) == typeof(float)) { return DType.Float32; }
        if (typeof(T) == typeof(double)) { return DType.Float64; }
        if (typeof(T) == typeof(BFloat16)) { return DType.BFloat16; }
        if (typeof(T) == typeof(Half)) { return DType.Float16; }
        if (typeof(T) == typeof(int)) { return DType.Int32; }
        if (typeof(T) == typeof(long)) { return DType.Int64; }
        if (typeof(T) == typeof(byte)) { return DType.UInt8; }
        throw new HkaFerException($"tensor: no element type for {typeof(T).Name}; use float, double, int, long, byte, Half or BFloat16");
    }
}
