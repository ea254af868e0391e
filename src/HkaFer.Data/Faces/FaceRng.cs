using System.Numerics;

namespace HkaFer.Data;

/// <summary>
/// SplitMix64. Integer arithmetic only, so a seed gives the same faces on every machine and in every release of the runtime, which
/// System.Random does not promise.
/// </summary>
internal sealed class FaceRng(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A seed for part <paramref name="part"/> of what <paramref name="seed"/> draws: parts never share a stream.</summary>
    public static ulong Fork(ulong seed, ulong part) => Mix(Mix(seed + 0x9E3779B97F4A7C15) ^ (part * 0xD1B54A32D192ED03));

    public ulong Next() => Mix(_state += 0x9E3779B97F4A7C15);

    /// <summary>In [0, 1), 24 bits.</summary>
    public float Unit() => (Next() >> 40) * (1f / (1 << 24));

    /// <summary>In [-1, 1), evenly.</summary>
    public float Signed() => 2 * Unit() - 1;

    /// <summary>In (-1, 1), mostly near 0: the sum of three even draws.</summary>
    public float Bell() => (Signed() + Signed() + Signed()) * (1f / 3);

    public float Range(float low, float high) => low + (high - low) * Unit();

    public bool Chance(float probability) => Unit() < probability;

    /// <summary>In [0, count); the bias of the multiplication is below 2^-32.</summary>
    public int Below(int count) => (int)((Next() >> 32) * (ulong)count >> 32);

    public Vector3 Mix(Vector3 a, Vector3 b) => a + (b - a) * Unit();

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
