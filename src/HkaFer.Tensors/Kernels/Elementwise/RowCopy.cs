using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>How <see cref="RowCopy"/> moves one row.</summary>
internal enum RowCopyKind
{
    /// <summary>The bytes, whatever the type.</summary>
    Bytes,

    /// <summary>float32 added to float32.</summary>
    Add,

    /// <summary>One float32 repeated.</summary>
    Repeat,

    /// <summary>One float32 added to each.</summary>
    RepeatAdd,

    /// <summary>bfloat16 to float32.</summary>
    FromBFloat16,

    /// <summary>float32 to bfloat16.</summary>
    ToBFloat16,

    /// <summary>float16 to float32.</summary>
    FromFloat16,

    /// <summary>float32 to float16.</summary>
    ToFloat16,
}

/// <summary>
/// Copies rows that are dense in the target, and in the source dense or one repeated element: slices, joins, broadcasts, conversions.
/// </summary>
internal unsafe struct RowCopy : IRangeKernel
{
    public byte* X, Y;

    /// <summary>Bytes of an element.</summary>
    public int XSize, YSize;

    /// <summary>The axes around a row.</summary>
    public CopyPlan Outer;

    /// <summary>Rows, their elements, and those of the last, which differs where the rows are pieces of a longer one.</summary>
    public long Rows, Length, LastLength;
    public RowCopyKind Kind;

    public readonly void Run<TSimd, TVector>(long start, long end)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        for (long row = start; row < end; row++)
        {
            (long from, long to) = Outer.Offsets(row);
            Row<TSimd, TVector>(X + (from * XSize), Y + (to * YSize), row == Rows - 1 ? LastLength : Length);
        }
    }

    private readonly void Row<TSimd, TVector>(byte* x, byte* y, long n)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        switch (Kind)
        {
            case RowCopyKind.Bytes:
                Buffer.MemoryCopy(x, y, n * XSize, n * XSize);
                break;
            case RowCopyKind.Add:
                new Elementwise<AddOperator> { A = (float*)x, B = (float*)y, Y = (float*)y }.Run<TSimd, TVector>(0, n);
                break;
            case RowCopyKind.Repeat:
                Repeat<TSimd, TVector>(*(float*)x, (float*)y, n, false);
                break;
            case RowCopyKind.RepeatAdd:
                Repeat<TSimd, TVector>(*(float*)x, (float*)y, n, true);
                break;
            case RowCopyKind.FromBFloat16:
                Conversions.FromBFloat16((ushort*)x, (float*)y, n);
                break;
            case RowCopyKind.ToBFloat16:
                Conversions.ToBFloat16((float*)x, (ushort*)y, n);
                break;
            case RowCopyKind.FromFloat16:
                Conversions.FromFloat16((ushort*)x, (float*)y, n);
                break;
            case RowCopyKind.ToFloat16:
                Conversions.ToFloat16((float*)x, (Half*)y, n);
                break;
            default:
                throw new InvalidOperationException($"copy: no row copy of kind {Kind}");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Repeat<TSimd, TVector>(float value, float* y, long n, bool add)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        TVector v = TSimd.Broadcast(value);
        for (long i = 0; i < n; i += TSimd.Count)
        {
            int lanes = (int)Math.Min(TSimd.Count, n - i);
            Lanes.Store<TSimd, TVector>(y + i, v, lanes, add);
        }
    }
}
