using System.Runtime.CompilerServices;

namespace HkaFer.Tensors;

/// <summary>The sizes of a tensor's axes, outermost first. Written as a collection expression: <c>[batch, tokens, width]</c>.</summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public readonly struct Shape : IEquatable<Shape>
{
    private readonly int[]? _sizes;

    private Shape(int[] sizes) => _sizes = sizes;

    /// <summary>A shape from its sizes.</summary>
    /// <exception cref="HkaFerException">A size is negative, or the element count overflows.</exception>
    public static Shape Create(ReadOnlySpan<int> sizes)
    {
        long count = 1;
        foreach (int size in sizes)
        {
            if (size < 0)
            {
                throw new HkaFerException($"shape: sizes must not be negative; got [{string.Join(", ", sizes.ToArray())}]");
            }

            // A zero anywhere makes the tensor empty, but must not hide an overflow elsewhere.
            count = Math.BigMul(count, Math.Max(size, 1), out long low) == 0 && low >= 0
                ? low
                : throw new HkaFerException($"shape: too many elements to count; got [{string.Join(", ", sizes.ToArray())}]");
        }

        return new Shape(sizes.ToArray());
    }

    /// <summary>Number of axes.</summary>
    public int Rank => Sizes.Length;

    /// <summary>Number of elements; 1 for a scalar.</summary>
    public long Count
    {
        get
        {
            long count = 1;
            foreach (int size in Sizes)
            {
                count *= size;
            }

            return count;
        }
    }

    /// <summary>The size of an axis; negative indices count from the last.</summary>
    public int this[int axis] => Sizes[axis < 0 ? axis + Rank : axis];

    /// <summary>The sizes.</summary>
    public ReadOnlySpan<int> Sizes => _sizes;

    /// <summary>Lets collection expressions spread a shape: <c>[.. x.Shape.Leading, 10]</c>.</summary>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)(_sizes ?? [])).GetEnumerator();

    /// <summary>All axes but the last.</summary>
    public Shape Leading => new(Sizes[..^1].ToArray());

    /// <summary>The count of vectors along the last axis: the product of <see cref="Leading"/>.</summary>
    public int Rows => checked((int)(Count / Math.Max(1, this[-1])));

    /// <summary>Row-major strides in elements.</summary>
    internal long[] ContiguousStrides()
    {
        var strides = new long[Rank];
        long stride = 1;
        for (int i = Rank - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= Math.Max(Sizes[i], 1);
        }

        return strides;
    }

    /// <inheritdoc/>
    public bool Equals(Shape other) => Sizes.SequenceEqual(other.Sizes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int size in Sizes)
        {
            hash.Add(size);
        }

        return hash.ToHashCode();
    }

    /// <summary>Same sizes.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Different sizes.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary><c>[4, 257, 384]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", _sizes ?? [])}]";
}
