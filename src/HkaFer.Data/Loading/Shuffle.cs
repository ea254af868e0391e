namespace HkaFer.Data;

/// <summary>Seeded orders of the pictures of an epoch.</summary>
public static class Shuffle
{
    /// <summary>A random order of <c>0 .. count - 1</c> (Fisher-Yates), the same for the same seed everywhere.</summary>
    public static int[] Order(int count, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var order = new int[count];
        for (int i = 0; i < count; i++) order[i] = i;
        var rng = new FaceRng(seed);
        for (int i = count - 1; i > 0; i--)
        {
            int j = rng.Below(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    /// <summary>The order of one epoch of a run.</summary>
    public static int[] Epoch(int count, ulong runSeed, int epoch) => Order(count, FaceRng.Fork(runSeed, (ulong)epoch));
}
