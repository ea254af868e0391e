namespace HkaFer.Tensors;

/// <summary>
/// One recorded step of arithmetic: what it computes and its gradient. The device does the arithmetic; the operation only says which.
/// Every operation is checked by finite differences in float64 on the reference device and by dumps of a reference implementation.
/// </summary>
internal abstract class Operation
{
    [ThreadStatic]
    private static long s_clock;

    private Tensor? _y;

    /// <summary>The result. Made by <see cref="Apply(Shape, DType?)"/>.</summary>
    internal Tensor Y => _y ?? throw new InvalidOperationException("operation: not applied yet");

    /// <summary>When it ran; the backward pass goes through operations latest first.</summary>
    internal long Time { get; private set; }

    /// <summary>All inputs; nulls stand for optional ones that are absent.</summary>
    internal abstract ReadOnlySpan<Tensor?> Inputs { get; }

    /// <summary>Computes <see cref="Y"/>.</summary>
    internal abstract void Forward(Device d);

    /// <summary>Adds to the gradients of the inputs, given that of <see cref="Y"/>.</summary>
    internal abstract void Backward(Device d, Gradients g);

    /// <summary>Whether a gradient is wanted of anything that the result depends on.</summary>
    private protected virtual bool WantsGradient
    {
        get
        {
            foreach (Tensor? input in Inputs)
            {
                if (input is { RequiresGrad: true })
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Makes the result in new memory, computes it, and records the operation where a gradient may be wanted.</summary>
    protected Tensor Apply(Shape shape, DType? dtype = null)
    {
        Tensor first = Inputs[0]!;
        return Finish(Tensor.Empty(shape, dtype ?? first.DType, first.Device));
    }

    /// <summary>As <see cref="Apply(Shape, DType?)"/> for a result that is a view of existing memory.</summary>
    protected Tensor Finish(Tensor y)
    {
        _y = y;
        foreach (Tensor? input in Inputs)
        {
            if (input is not null && input.Device != y.Device)
            {
                throw new HkaFerException($"{GetType().Name}: inputs lie on different devices ({y.Device.Name}, {input.Device.Name}); move them to one");
            }
        }

        Forward(y.Device);

        // Kernels hold addresses only: outside a step nothing else need refer to inputs and result until they are done.
        GC.KeepAlive(this);
        if (Tape.IsRecording && y.DType.IsFloat() && WantsGradient)
        {
            Time = ++s_clock;
            y.Producer = this;
            y.RequiresGrad = true;
        }

        return y;
    }
}
