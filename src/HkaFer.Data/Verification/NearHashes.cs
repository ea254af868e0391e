using System.Numerics;

namespace HkaFer.Data;

/// <summary>
/// Finds hashes that differ in few bits without comparing all pairs (multi-index hashing, Norouzi, Punjani and Fleet 2012): two hashes within
/// d bits agree in one of their four quarters up to d/4 bits, so only those that share such a quarter are compared.
/// </summary>
internal static class NearHashes
{
    /// <summary>Largest distance: three bits a quarter, 697 places to look at for each hash and quarter.</summary>
    public const int MaxDistance = 15;

    private const int Quarters = 4, Bits = 16;

    /// <summary>Pairs of places whose hashes differ in at most <paramref name="distance"/> bits; the hashes must all be different.</summary>
    public static IEnumerable<(int First, int Second)> Pairs(IReadOnlyList<ulong> hashes, int distance, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(distance, MaxDistance);
        var (starts, members) = Index(hashes);
        ushort[] flips = [.. Enumerable.Range(0, 1 << Bits).Where(m => BitOperations.PopCount((uint)m) <= distance / Quarters).Select(m => (ushort)m)];
        for (int i = 0; i < hashes.Count; i++)
        {
            if (i % 1024 == 0) cancel.ThrowIfCancellationRequested();
            for (int quarter = 0; quarter < Quarters; quarter++)
            {
                foreach (ushort flip in flips)
                {
                    int key = Part(hashes[i], quarter) ^ flip;
                    for (int at = starts[quarter][key]; at < starts[quarter][key + 1]; at++)
                    {
                        int other = members[quarter][at];
                        // Each pair once: in order, and by the first quarter that brings the two together.
                        if (other > i && PerceptualHash.Distance(hashes[i], hashes[other]) <= distance
                            && FirstQuarter(hashes[i] ^ hashes[other], distance) == quarter)
                        {
                            yield return (i, other);
                        }
                    }
                }
            }
        }
    }

    private static int FirstQuarter(ulong difference, int distance)
    {
        int quarter = 0;
        while (BitOperations.PopCount((uint)Part(difference, quarter)) > distance / Quarters) quarter++;
        return quarter;
    }

    // Neighbouring bits are neighbouring frequencies and go together; dealt out in turn, each quarter varies about as much as the others.
    private static int Part(ulong hash, int quarter)
    {
        ulong bits = (hash >> quarter) & 0x1111_1111_1111_1111;
        bits = (bits | (bits >> 3)) & 0x0303_0303_0303_0303;
        bits = (bits | (bits >> 6)) & 0x000F_000F_000F_000F;
        bits = (bits | (bits >> 12)) & 0x0000_00FF_0000_00FF;
        return (int)((bits | (bits >> 24)) & 0xFFFF);
    }

    /// <summary>For each quarter the places sorted by it, and where each value begins.</summary>
    private static (int[][] Starts, int[][] Members) Index(IReadOnlyList<ulong> hashes)
    {
        int[][] starts = new int[Quarters][], members = new int[Quarters][];
        for (int quarter = 0; quarter < Quarters; quarter++)
        {
            var start = new int[(1 << Bits) + 1];
            foreach (ulong hash in hashes) start[Part(hash, quarter) + 1]++;
            for (int key = 0; key < 1 << Bits; key++) start[key + 1] += start[key];
            int[] next = [.. start];
            var member = new int[hashes.Count];
            for (int i = 0; i < hashes.Count; i++) member[next[Part(hashes[i], quarter)]++] = i;
            (starts[quarter], members[quarter]) = (start, member);
        }

        return (starts, members);
    }
}
