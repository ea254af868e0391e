using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors;

/// <summary>
/// A view of device memory: shape, element type, device, strides. Reshaping, slicing and transposing make new views of the same memory.
/// Tensors made inside <c>using (Tape.Step())</c> end with the step unless <see cref="Keep"/> is called; nothing is disposed by hand.
/// </summary>
public sealed partial class Tensor
{
    private readonly long[] _strides;
    private bool _requiresGrad;

    internal Tensor(Storage storage, Shape shape, DType dtype, long[]? strides = null, long offset = 0)
    {
        Storage = storage;
        Shape = shape;
        DType = dtype;
        Offset = offset;
        _strides = strides ?? shape.ContiguousStrides();
        IsContiguous = strides is null || HasContiguousStrides();
    }

    /// <summary>Sizes of the axes.</summary>
    public Shape Shape { get; }

    /// <summary>Element type.</summary>
    public DType DType { get; }

    /// <summary>The device that holds the memory and does the arithmetic.</summary>
    public Device Device => Storage.Device;

    /// <summary>Whether the elements lie in row-major order without gaps.</summary>
    public bool IsContiguous { get; }

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Count;

    /// <summary>
    /// Whether a gradient is wanted. Set it on parameters; results inherit it from their inputs while <see cref="Tape.IsRecording"/>.
    /// </summary>
    /// <exception cref="HkaFerException">The element type is not floating point.</exception>
    public bool RequiresGrad
    {
        get => _requiresGrad;
        set
        {
            if (value && !DType.IsFloat())
            {
                throw new HkaFerException($"tensor: a gradient needs a floating-point type; got {DType} {Shape}");
            }

            _requiresGrad = value;
            Packed = value ? null : Packed;
        }
    }

    /// <summary>
    /// The gradient that <see cref="Backward()"/> left on a parameter (a tensor with <see cref="RequiresGrad"/> that no operation made),
    /// or null. Backward passes add to it until <see cref="ZeroGrad"/>.
    /// </summary>
    public Tensor? Grad => HasGrad ? GradBuffer : null;

    internal Storage Storage { get; }

    /// <summary>Elements from the start of the storage.</summary>
    internal long Offset { get; }

    /// <summary>Elements from one index to the next, per axis.</summary>
    internal ReadOnlySpan<long> Strides => _strides;

    /// <summary>The operation that made this tensor while the tape was recording.</summary>
    internal Operation? Producer { get; set; }

    internal Tensor? GradBuffer { get; set; }

    internal bool HasGrad { get; set; }

    /// <summary>Address of the first element; only kernels use it.</summary>
    internal nint Address => Storage.Pointer + (nint)(Offset * DType.Size());

    /// <summary>Whether products keep what they make of this matrix (see <see cref="KeepPacked"/>).</summary>
    public bool KeepsPacked => Packed is not null;

    /// <summary>What products keep of a matrix that does not change, or null.</summary>
    internal PackedWeight? Packed { get; private set; }

    /// <summary>Forgets the gradient; its memory is used again by the next backward pass.</summary>
    public void ZeroGrad() => HasGrad = false;

    /// <summary>
    /// From here on products with this matrix keep what they make of it (x W^T; in bfloat16 g W too): faster, for as much memory again. For weights whose values no longer change: what is
    /// written into the matrix afterwards is not seen. Ends where <see cref="RequiresGrad"/> is set.
    /// </summary>
    /// <exception cref="HkaFerException">It is no matrix, or wants a gradient.</exception>
    public void KeepPacked()
    {
        Guard.Rank("packing", "weight", this, 2);
        Guard.That(!RequiresGrad, "packing: the matrix wants a gradient, so it will change; freeze it first");
        Packed ??= new PackedWeight();
    }

    /// <summary>Ends <see cref="KeepPacked"/>.</summary>
    public void DropPacked() => Packed = null;

    /// <summary>Lets the tensor outlive the step it was made in.</summary>
    /// <returns>The tensor itself.</returns>
    public Tensor Keep()
    {
        _ = Storage.Pointer;
        Storage.Region = null;
        return this;
    }

    /// <summary>Runs the tape backwards from this scalar and adds to the gradients of the parameters it depends on.</summary>
    /// <exception cref="HkaFerException">The tensor is not a scalar, or was not recorded.</exception>
    public void Backward() => Gradients.Run(this, null);

    /// <summary>Runs the tape backwards from this tensor with a gradient of its shape flowing in.</summary>
    public void Backward(Tensor upstream) => Gradients.Run(this, upstream);

    /// <summary><c>Float32 [4, 257, 384]</c>.</summary>
    public override string ToString() => $"{DType} {Shape}";

    private bool HasContiguousStrides()
    {
        long expected = 1;
        for (int i = Shape.Rank - 1; i >= 0; i--)
        {
            // An axis of one element is never stepped along, so its stride does not matter.
            if (Shape[i] != 1 && _strides[i] != expected)
            {
                return false;
            }

            expected *= Math.Max(Shape[i], 1);
        }

        return true;
    }
}
