namespace HkaFer.Tensors.Kernels;

/// <summary>
/// The axes of a copy with what does not matter taken out: axes of one element dropped, neighbours that both tensors walk in one stride
/// joined. Most copies of the program are then one or two axes.
/// </summary>
internal unsafe struct CopyPlan
{
    /// <summary>More axes than any tensor of the program has; a copy with more is left to the reference.</summary>
    internal const int Limit = 6;

    /// <summary>Axes left, outermost first.</summary>
    public int Rank;

    /// <summary>Sizes, and strides of both tensors in elements.</summary>
    public fixed long Sizes[Limit];
    public fixed long From[Limit];
    public fixed long To[Limit];

    internal static bool TryMake(Tensor x, Tensor y, out CopyPlan plan)
    {
        plan = default;
        ReadOnlySpan<int> sizes = x.Shape.Sizes;
        ReadOnlySpan<long> from = x.Strides, to = y.Strides;
        for (int axis = 0; axis < sizes.Length; axis++)
        {
            long size = sizes[axis];
            int last = plan.Rank - 1;
            if (size == 1)
            {
                continue;
            }

            if (last >= 0 && plan.From[last] == from[axis] * size && plan.To[last] == to[axis] * size)
            {
                plan.Sizes[last] *= size;
                plan.From[last] = from[axis];
                plan.To[last] = to[axis];
                continue;
            }

            if (plan.Rank == Limit)
            {
                return false;
            }

            plan.Add(size, from[axis], to[axis]);
        }

        if (plan.Rank == 0)
        {
            plan.Add(1, 1, 1);
        }

        return true;
    }

    /// <summary>One axis.</summary>
    internal static CopyPlan Line(long size, long from, long to)
    {
        CopyPlan plan = default;
        plan.Add(size, from, to);
        return plan;
    }

    /// <summary>Takes the axes out that a kernel walks itself; the rest, in order, are what <see cref="Offsets"/> counts through.</summary>
    internal readonly CopyPlan Without(int first, int second)
    {
        CopyPlan rest = default;
        for (int axis = 0; axis < Rank; axis++)
        {
            if (axis != first && axis != second)
            {
                rest.Add(Sizes[axis], From[axis], To[axis]);
            }
        }

        return rest;
    }

    /// <summary>Combinations of all axes.</summary>
    internal readonly long Count
    {
        get
        {
            long count = 1;
            for (int axis = 0; axis < Rank; axis++) { count *= Sizes[axis]; }
            return count;
        }
    }

    /// <summary>Element offsets of one combination in both tensors.</summary>
    internal readonly (long From, long To) Offsets(long index)
    {
        long from = 0, to = 0;
        for (int axis = Rank - 1; axis >= 0; axis--)
        {
            (index, long at) = Math.DivRem(index, Sizes[axis]);
            from += at * From[axis];
            to += at * To[axis];
        }

        return (from, to);
    }

    private void Add(long size, long from, long to)
    {
        Sizes[Rank] = size;
        From[Rank] = from;
        To[Rank] = to;
        Rank++;
    }
}
