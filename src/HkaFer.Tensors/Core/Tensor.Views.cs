namespace HkaFer.Tensors;

// Views share memory and are recorded as operations whose gradient is the same view of the gradient.
public sealed partial class Tensor
{
    /// <summary>The same elements in another shape, without a copy where the layout allows it.</summary>
    /// <param name="shape">New sizes; one may be -1 and is then inferred.</param>
    /// <exception cref="HkaFerException">The element counts differ.</exception>
    public Tensor Reshape(params ReadOnlySpan<int> shape)
    {
        Shape target = Infer(shape);
        return target == Shape ? this : new ReshapeOp(IsContiguous ? this : Contiguous(), target).Apply();
    }

    /// <summary>Swaps two axes without moving elements.</summary>
    public Tensor Transpose(int first = -2, int second = -1) => new TransposeOp(this, Axis(first), Axis(second)).Apply();

    /// <summary>A range of an axis, without a copy.</summary>
    /// <exception cref="HkaFerException">The range leaves the axis.</exception>
    public Tensor Slice(int axis, int start, int length)
    {
        axis = Axis(axis);
        if (start < 0 || length < 0 || start + (long)length > Shape[axis])
        {
            throw new HkaFerException($"slice: range [{start}, {start + (long)length}) leaves axis {axis} of {Shape}");
        }

        return new SliceOp(this, axis, start, length).Apply();
    }

    /// <summary>One index of an axis, which disappears.</summary>
    public Tensor Select(int axis, int index)
    {
        axis = Axis(axis);
        Tensor slice = Slice(axis, index, 1);
        int[] sizes = [.. Shape.Sizes[..axis], .. Shape.Sizes[(axis + 1)..]];
        return new DropAxisOp(slice, axis, Shape.Create(sizes)).Apply();
    }

    /// <summary>The same memory outside the tape: gradients stop here.</summary>
    public Tensor Detach() => new(Storage, Shape, DType, _strides, Offset);

    /// <summary>This tensor, or a row-major copy where its elements have gaps or another order.</summary>
    public Tensor Contiguous() => IsContiguous ? this : new CopyOp(this, DType).Apply();

    /// <summary>The elements as another type; this tensor itself where the type is the same.</summary>
    public Tensor To(DType dtype) => dtype == DType ? this : new CopyOp(this, dtype).Apply();

    /// <summary>All leading axes as one: [rows, last].</summary>
    internal Tensor Rows() => ReshapeView([Shape.Rows, Shape[-1]]);

    internal Tensor ReshapeView(Shape shape)
    {
        if (!IsContiguous || shape.Count != Count)
        {
            throw new HkaFerException($"reshape: {Shape} cannot be viewed as {shape}");
        }

        return new Tensor(Storage, shape, DType, null, Offset);
    }

    internal Tensor TransposeView(int first, int second)
    {
        int[] sizes = Shape.Sizes.ToArray();
        long[] strides = _strides.ToArray();
        (sizes[first], sizes[second]) = (sizes[second], sizes[first]);
        (strides[first], strides[second]) = (strides[second], strides[first]);
        return new Tensor(Storage, Shape.Create(sizes), DType, strides, Offset) { Packed = Packed };
    }

    internal Tensor SliceView(int axis, int start, int length)
    {
        int[] sizes = Shape.Sizes.ToArray();
        sizes[axis] = length;
        return new Tensor(Storage, Shape.Create(sizes), DType, _strides, Offset + (start * _strides[axis]));
    }

    internal Tensor DropAxisView(int axis, Shape shape)
    {
        long[] strides = [.. _strides.AsSpan(0, axis), .. _strides.AsSpan(axis + 1)];
        return new Tensor(Storage, shape, DType, strides, Offset);
    }

    /// <summary>Repeats without memory: leading axes are added and axes of one element stretched, with stride 0.</summary>
    internal Tensor BroadcastView(Shape shape)
    {
        var strides = new long[shape.Rank];
        int lead = shape.Rank - Shape.Rank;
        for (int i = 0; i < Shape.Rank; i++)
        {
            bool same = Shape[i] == shape[lead + i];
            if (!same && Shape[i] != 1)
            {
                throw new HkaFerException($"broadcast: {Shape} does not fit {shape}");
            }

            strides[lead + i] = same ? _strides[i] : 0;
        }

        return new Tensor(Storage, shape, DType, strides, Offset);
    }

    private int Axis(int axis)
    {
        int index = axis < 0 ? axis + Shape.Rank : axis;
        return index >= 0 && index < Shape.Rank
            ? index
            : throw new HkaFerException($"tensor: axis {axis} does not exist in {Shape}");
    }

    private Shape Infer(ReadOnlySpan<int> shape)
    {
        int[] sizes = shape.ToArray();
        int hole = Array.IndexOf(sizes, -1);
        if (hole >= 0)
        {
            sizes[hole] = 1;
            long rest = Shape.Create(sizes).Count;
            sizes[hole] = rest == 0 ? 0 : checked((int)(Count / rest));
        }

        Shape target = Shape.Create(sizes);
        return target.Count == Count
            ? target
            : throw new HkaFerException($"reshape: element counts differ; {Shape} has {Count}, {target} has {target.Count}");
    }
}
