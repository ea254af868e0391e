namespace HkaFer.Data;

/// <summary>
/// A few pictures ready for a model. The arrays are used again: a batch is valid until the loop that gave it asks for the next one.
/// </summary>
public sealed class Batch
{
    internal Batch(int capacity, int size)
    {
        Pixels = new float[checked(capacity * 3 * size * size)];
        Labels = new int[capacity];
        Indices = new int[capacity];
        Size = size;
    }

    /// <summary>Pictures in this batch; the last one of an epoch may be short. What the arrays hold beyond is left from earlier.</summary>
    public int Count { get; internal set; }

    /// <summary>Width and height of each picture.</summary>
    public int Size { get; }

    /// <summary>float32 <c>[Count, 3, Size, Size]</c>, normalised.</summary>
    public float[] Pixels { get; }

    /// <summary>Labels <c>[Count]</c>.</summary>
    public int[] Labels { get; }

    /// <summary>Positions in the data set <c>[Count]</c>.</summary>
    public int[] Indices { get; }
}
