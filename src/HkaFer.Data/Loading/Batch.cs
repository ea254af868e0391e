namespace HkaFer.Data;

/// <summary>
/// A few pictures ready for a model. The arrays are used again: a batch is valid until the loop that gave it asks for the next one.
/// </summary>
public sealed class Batch
{
    internal Batch(int capacity, int size, int classes)
    {
        Pixels = new float[checked(capacity * 3 * size * size)];
        Labels = new int[capacity];
        Indices = new int[capacity];
        TargetBuffer = new float[checked(capacity * classes)];
        (Size, Classes) = (size, classes);
    }

    /// <summary>Pictures in this batch; the last one of an epoch may be short. What the arrays hold beyond is left from earlier.</summary>
    public int Count { get; internal set; }

    /// <summary>Width and height of each picture.</summary>
    public int Size { get; }

    /// <summary>How many classes there are.</summary>
    public int Classes { get; }

    /// <summary>float32 <c>[Count, 3, Size, Size]</c>, normalised.</summary>
    public float[] Pixels { get; }

    /// <summary>Labels <c>[Count]</c>: of a soft label the class with the largest share, or the one that was drawn from it.</summary>
    public int[] Labels { get; }

    /// <summary>Positions in the data set <c>[Count]</c>.</summary>
    public int[] Indices { get; }

    /// <summary>Shares of the classes <c>[Count, Classes]</c>, or null where the labels of all pictures are hard.</summary>
    public float[]? Targets => IsSoft ? TargetBuffer : null;

    /// <summary>Whether a row of <see cref="Targets"/> names classes that are all right, and not a distribution to learn.</summary>
    public bool IsAnyOf { get; internal set; }

    internal bool IsSoft { get; set; }

    internal float[] TargetBuffer { get; }
}
