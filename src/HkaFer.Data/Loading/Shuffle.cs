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
        new PictureRng(seed).Shuffle<int>(order);
        return order;
    }

    /// <summary>The order of one epoch of a run.</summary>
    public static int[] Epoch(int count, ulong runSeed, int epoch) => Order(count, PictureRng.Derive(runSeed, (ulong)epoch));
}
