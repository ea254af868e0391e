namespace HkaFer.Data;

/// <summary>Seeded orders of the pictures of an epoch.</summary>
public static class Shuffle
{
    // Sets these draws apart from those of the plain order.
    private const ulong Balanced = 0x62616C;

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

    /// <summary>
    /// As many pictures as there are, in a random order, every class as often as every other; what does not divide evenly falls to classes
    /// chosen at random. A class with too few pictures gives each of them equally often, give or take one; of a class with more than its turn the
    /// epoch has a part.
    /// </summary>
    /// <param name="labels">The class of each picture.</param>
    /// <param name="runSeed">Seed of the run.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    public static int[] BalancedEpoch(IReadOnlyList<int> labels, ulong runSeed, int epoch)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var rng = new PictureRng(PictureRng.Derive(runSeed, (ulong)epoch, Balanced));
        int[][] classes = [.. labels.Index().GroupBy(l => l.Item, l => l.Index).OrderBy(g => g.Key).Select(g => g.ToArray())];
        rng.Shuffle(classes.AsSpan());
        var order = new List<int>(labels.Count);
        for (int c = 0; c < classes.Length; c++)
        {
            int turns = (labels.Count / classes.Length) + (c < labels.Count % classes.Length ? 1 : 0);
            for (int i = 0; i < turns; i++)
            {
                if (i % classes[c].Length == 0) rng.Shuffle(classes[c].AsSpan());
                order.Add(classes[c][i % classes[c].Length]);
            }
        }

        int[] result = [.. order];
        rng.Shuffle(result.AsSpan());
        return result;
    }
}
