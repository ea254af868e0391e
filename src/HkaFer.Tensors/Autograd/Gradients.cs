using System.Diagnostics.CodeAnalysis;

namespace HkaFer.Tensors;

/// <summary>The gradients of one backward pass: those of intermediate results live until their operation has passed them on.</summary>
internal sealed class Gradients
{
    private readonly Dictionary<Tensor, Tensor> _pending = new(ReferenceEqualityComparer.Instance);

    /// <summary>The tensors whose gradients alone are wanted, with those that have come; null where all parameters get theirs.</summary>
    private readonly Dictionary<Tensor, Tensor?>? _of;

    private Gradients(Dictionary<Tensor, Tensor?>? of = null) => _of = of;

    /// <summary>Whether parameters are left as they are: see <see cref="Of"/>.</summary>
    internal bool IsSelective => _of is not null;

    /// <summary>The gradient that has flowed into a result.</summary>
    internal Tensor this[Tensor y] => _pending[y];

    /// <summary>Whether a gradient is wanted.</summary>
    internal bool Wants([NotNullWhen(true)] Tensor? x) =>
        x is { RequiresGrad: true } && (_of is null || x.Producer is not null || _of.ContainsKey(x));

    /// <summary>Where to write the gradient of an input: the first writer overwrites, later ones add.</summary>
    internal Target Into(Tensor x)
    {
        if (x.Producer is not null || _of is not null)
        {
            if (_pending.TryGetValue(x, out Tensor? pending))
            {
                return new Target(pending, true);
            }

            Tensor made = Tensor.Empty(x.Shape, x.DType, x.Device);
            _pending.Add(x, made);
            return new Target(made, false);
        }

        // A parameter keeps its buffer from step to step, outside every region.
        x.GradBuffer ??= Tensor.Empty(x.Shape, x.DType, x.Device).Keep();
        bool accumulate = x.HasGrad;
        x.HasGrad = true;
        return new Target(x.GradBuffer, accumulate);
    }

    /// <summary>As <see cref="Into"/>, or null where no gradient is wanted.</summary>
    internal Target? IntoWanted(Tensor? x) => Wants(x) ? new Target?(Into(x!)) : null;

    /// <summary>As <see cref="Into"/>, for kernels that fill only part of the gradient: what they leave out is zero.</summary>
    internal Tensor IntoZeroed(Tensor x)
    {
        Target target = Into(x);
        if (!target.Accumulate)
        {
            x.Device.Fill(target.Tensor, 0);
        }

        return target.Tensor;
    }

    /// <summary>
    /// Passes a gradient on without a copy where nothing else has arrived yet. The caller must not use it afterwards: others may add to it.
    /// </summary>
    internal void Pass(Tensor x, Tensor gradient)
    {
        if ((x.Producer is not null || _of is not null) && !_pending.ContainsKey(x) && gradient.IsContiguous)
        {
            _pending.Add(x, gradient);
        }
        else
        {
            x.Device.Copy(gradient, Into(x));
        }
    }

    internal static void Run(Tensor y, Tensor? upstream)
    {
        // One region for the pass where the caller has no step open, so that intermediates do not wait for the garbage collector.
        using Region? own = Region.Current is null ? new Region() : null;
        new Gradients().Walk(y, upstream);
    }

    /// <summary>The gradients of some tensors, results of operations or not, and of nothing else: parameters keep theirs.</summary>
    internal static Tensor[] Of(Tensor y, Tensor? upstream, ReadOnlySpan<Tensor> of)
    {
        using Region? own = Region.Current is null ? new Region() : null;
        var wanted = new Dictionary<Tensor, Tensor?>(ReferenceEqualityComparer.Instance);
        foreach (Tensor x in of)
        {
            Guard.That(x.RequiresGrad, $"gradients: {x} wants none, so nothing was recorded for it; set RequiresGrad before y is computed");
            wanted[x] = null;
        }

        var gradients = new Gradients(wanted);
        gradients.Walk(y, upstream);
        var found = new Tensor[of.Length];
        for (int i = 0; i < found.Length; i++)
        {
            // What nothing has reached does not decide anything.
            Tensor x = of[i];
            found[i] = wanted[x] ?? gradients._pending.GetValueOrDefault(x) ?? Tensor.Zeros(x.Shape, x.DType, x.Device);
            own?.Promote(found[i].Storage);
        }

        return found;
    }

    /// <summary>The gradient of one input alone, put where it is wanted, added in the order in which it arises.</summary>
    internal static void AddTo(Tensor x, Target into, Tensor y, Tensor upstream)
    {
        var gradients = new Gradients(new(ReferenceEqualityComparer.Instance) { [x] = null });
        if (into.Accumulate)
        {
            gradients._pending.Add(x, into.Tensor);
        }

        gradients.Walk(y, upstream);
        if (!into.Accumulate)
        {
            into.Tensor.Device.Copy(gradients._pending.GetValueOrDefault(x) ?? Tensor.Zeros(x.Shape, x.DType, x.Device), into);
        }
    }

    private void Walk(Tensor y, Tensor? upstream)
    {
        if (upstream is null && y.Count != 1)
        {
            throw new HkaFerException($"backward: needs a scalar or an upstream gradient; got {y.Shape}");
        }

        if (y.Producer is null)
        {
            throw new HkaFerException(
                "backward: the tensor was not recorded; none of its inputs requires a gradient, or it was computed under Tape.NoGrad()");
        }

        Tensor seed = upstream is null ? Tensor.Full(y.Shape, 1, y.DType, y.Device) : upstream.Clone();
        Guard.HasShape("backward", "upstream", seed, y.Shape);
        _pending.Add(y, seed);
        foreach (Operation operation in LatestFirst(y.Producer))
        {
            if (!_pending.TryGetValue(operation.Y, out Tensor? arrived))
            {
                continue;
            }

            if (_of is not null && _of.ContainsKey(operation.Y))
            {
                // Whole now, and a copy: operations may hand its memory on to inputs that add to it.
                _of[operation.Y] = arrived.Clone();
            }

            operation.Backward(operation.Y.Device, this);
            _pending.Remove(operation.Y);
            Release(arrived.Storage);
        }
    }

    /// <summary>Gives a gradient's memory back at once, unless it was passed on.</summary>
    private void Release(Storage storage)
    {
        foreach (Tensor other in _pending.Values)
        {
            if (other.Storage == storage)
            {
                return;
            }
        }

        if (storage.Region is not null)
        {
            storage.Device.Recycle(storage);
        }
    }

    private static List<Operation> LatestFirst(Operation last)
    {
        var seen = new HashSet<Operation>(ReferenceEqualityComparer.Instance) { last };
        var order = new List<Operation> { last };
        for (int i = 0; i < order.Count; i++)
        {
            foreach (Tensor? input in order[i].Inputs)
            {
                if (input?.Producer is { } producer && seen.Add(producer))
                {
                    order.Add(producer);
                }
            }
        }

        order.Sort(static (a, b) => b.Time.CompareTo(a.Time));
        return order;
    }
}
