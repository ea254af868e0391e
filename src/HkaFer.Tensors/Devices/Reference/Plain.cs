namespace HkaFer.Tensors;

/// <summary>Tensors as float64 arrays in row-major order, so that reference kernels are plain loops over numbers.</summary>
internal static unsafe class Plain
{
    /// <summary>All elements in row-major order, whatever the strides and type.</summary>
    internal static double[] Read(Tensor x)
    {
        var values = new double[x.Count];
        nint address = x.Address;
        if (x.IsContiguous)
        {
            for (int at = 0; at < values.Length; at++) { values[at] = Get(address, at, x.DType); }
            return values;
        }

        int i = 0;
        foreach (long at in Offsets(x))
        {
            values[i++] = Get(address, at, x.DType);
        }

        return values;
    }

    /// <summary>Overwrites or adds to all elements, rounding to the tensor's type.</summary>
    internal static void Write(Target y, double[] values)
    {
        nint address = y.Tensor.Address;
        DType dtype = y.Tensor.DType;
        void Put(long at, double value) => Set(address, at, dtype, value + (y.Accumulate ? Get(address, at, dtype) : 0));
        if (y.Tensor.IsContiguous)
        {
            for (int at = 0; at < values.Length; at++) { Put(at, values[at]); }
            return;
        }

        int i = 0;
        foreach (long at in Offsets(y.Tensor)) { Put(at, values[i++]); }
    }

    private static IEnumerable<long> Offsets(Tensor x)
    {
        int rank = x.Shape.Rank;
        long[] strides = x.Strides.ToArray();
        int[] sizes = x.Shape.Sizes.ToArray();
        var index = new int[rank];
        long at = 0;
        for (long n = x.Count; n > 0; n--)
        {
            yield return at;
            for (int axis = rank - 1; axis >= 0; axis--)
            {
                at += strides[axis];
                if (++index[axis] < sizes[axis])
                {
                    break;
                }

                at -= strides[axis] * sizes[axis];
                index[axis] = 0;
            }
        }
    }

    private static double Get(nint address, long at, DType dtype) => dtype switch
    {
        DType.Float32 => ((float*)address)[at],
        DType.Float64 => ((double*)address)[at],
        DType.BFloat16 => (float)((BFloat16*)address)[at],
        DType.Float16 => (double)((Half*)address)[at],
        DType.Int32 => ((int*)address)[at],
        DType.Int64 => ((long*)address)[at],
        DType.UInt8 => ((byte*)address)[at],
        _ => throw new ArgumentOutOfRangeException(nameof(dtype)),
    };

    private static void Set(nint address, long at, DType dtype, double value)
    {
        switch (dtype)
        {
            case DType.Float32: ((float*)address)[at] = (float)value; break;
            case DType.Float64: ((double*)address)[at] = value; break;
            case DType.BFloat16: ((BFloat16*)address)[at] = (BFloat16)(float)value; break;
            case DType.Float16: ((Half*)address)[at] = (Half)value; break;
            case DType.Int32: ((int*)address)[at] = checked((int)value); break;
            case DType.Int64: ((long*)address)[at] = checked((long)value); break;
            case DType.UInt8: ((byte*)address)[at] = checked((byte)value); break;
            default: throw new ArgumentOutOfRangeException(nameof(dtype));
        }
    }
}
