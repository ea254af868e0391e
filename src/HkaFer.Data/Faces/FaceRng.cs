using System.Numerics;

namespace HkaFer.Data;

/// <summary>The draws that faces are made of, over <see cref="PictureRng"/>: single precision, since that is what is drawn with.</summary>
internal sealed class FaceRng(ulong seed)
{
    private PictureRng _rng = new(seed);

    /// <summary>A seed for part <paramref name="part"/> of what <paramref name="seed"/> draws: parts never share a stream.</summary>
    public static ulong Fork(ulong seed, ulong part) => PictureRng.Derive(seed, part);

    /// <summary>In [0, 1), 24 bits.</summary>
    public float Unit() => (_rng.NextBits() >> 40) * (1f / (1 << 24));

    /// <summary>In [-1, 1), evenly.</summary>
    public float Signed() => 2 * Unit() - 1;

    /// <summary>In (-1, 1), mostly near 0: the mean of three even draws.</summary>
    public float Bell() => (Signed() + Signed() + Signed()) * (1f / 3);

    public float Range(float low, float high) => low + (high - low) * Unit();

    public bool Chance(float probability) => Unit() < probability;

    /// <summary>In [0, count).</summary>
    public int Below(int count) => _rng.NextInt(count);

    /// <summary>A colour between two.</summary>
    public Vector3 Mix(Vector3 a, Vector3 b) => a + (b - a) * Unit();
}
