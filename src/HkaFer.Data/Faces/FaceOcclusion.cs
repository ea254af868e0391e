using System.Numerics;

namespace HkaFer.Data;

/// <summary>Something in front of the face.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="X">Where its middle is, in half widths of the face from its middle (right is positive); glasses and fringe ignore
/// it.</param>
/// <param name="Y">Likewise downwards.</param>
/// <param name="Angle">Direction in radians; 0 is level.</param>
/// <param name="Size">1 is the usual size.</param>
/// <param name="Colour">Its colour, each channel 0 to 1; hands have the face's skin and fringes its hair.</param>
public sealed record FaceOcclusion(FaceOcclusionKind Kind, float X, float Y, float Angle, float Size, Vector3 Colour)
{
    /// <summary>Nothing in front of the face.</summary>
    public static FaceOcclusion None { get; } = new(FaceOcclusionKind.None, 0, 0, 0, 1, Vector3.Zero);

    /// <summary>Nothing for two faces in three; else glasses, or a small part covered.</summary>
    public static FaceOcclusion FromSeed(ulong seed)
    {
        var rng = new FaceRng(seed);
        float pick = rng.Unit();
        var kind = pick switch
        {
            < 0.64f => FaceOcclusionKind.None,
            < 0.78f => FaceOcclusionKind.Glasses,
            < 0.81f => FaceOcclusionKind.Sunglasses,
            < 0.87f => FaceOcclusionKind.Hand,
            < 0.91f => FaceOcclusionKind.Bar,
            _ => FaceOcclusionKind.Fringe,
        };
        float side = rng.Chance(0.5f) ? 1 : -1;
        var colour = new Vector3(rng.Unit(), rng.Unit(), rng.Unit()) * rng.Range(0.15f, 0.9f);
        return kind switch
        {
            FaceOcclusionKind.None => None,
            FaceOcclusionKind.Glasses => new(kind, 0, 0, 0, rng.Range(0.9f, 1.25f), colour * 0.5f),
            FaceOcclusionKind.Sunglasses => new(kind, 0, 0, 0, rng.Range(0.95f, 1.2f), colour * 0.15f),
            FaceOcclusionKind.Hand => new(kind, side * rng.Range(0.45f, 0.8f), rng.Range(0.35f, 1.0f), side * rng.Range(0.1f, 0.9f),
                rng.Range(0.8f, 1.15f), colour),
            FaceOcclusionKind.Bar => rng.Chance(0.5f)
                ? new(kind, 0, rng.Range(0.85f, 1.25f), 0.25f * rng.Signed(), rng.Range(0.7f, 1.2f), colour)
                : new(kind, 0, rng.Range(-1.05f, -0.55f), 0.25f * rng.Signed(), rng.Range(0.5f, 0.9f), colour),
            _ => new(kind, side, 0, 0, rng.Range(0.7f, 1.3f), colour),
        };
    }
}
