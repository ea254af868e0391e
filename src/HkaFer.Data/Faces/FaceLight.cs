using System.Numerics;

namespace HkaFer.Data;

/// <summary>Where the light comes from and what it does.</summary>
/// <param name="X">From the right of the picture (1) to the left (-1).</param>
/// <param name="Y">From below (1) to above (-1).</param>
/// <param name="Ambient">Share of the light that has no direction, 0 to 1: 0 is a hard lamp, 1 is fog.</param>
/// <param name="Gain">Brightness; 1 is well exposed.</param>
/// <param name="Tint">Colour of the light, white is (1, 1, 1).</param>
/// <param name="Backdrop">Colour behind the head, each channel 0 to 1.</param>
/// <param name="BackdropEdge">Colour to which the backdrop fades.</param>
public sealed record FaceLight(float X, float Y, float Ambient, float Gain, Vector3 Tint, Vector3 Backdrop, Vector3 BackdropEdge)
{
    /// <summary>Soft light from above left on grey.</summary>
    public static FaceLight Studio { get; } =
        new(-0.35f, -0.45f, 0.55f, 1, Vector3.One, new Vector3(0.55f, 0.57f, 0.60f), new Vector3(0.35f, 0.36f, 0.40f));

    /// <summary>Any light that a snapshot may have.</summary>
    public static FaceLight FromSeed(ulong seed)
    {
        var rng = new FaceRng(seed);
        var backdrop = new Vector3(rng.Unit(), rng.Unit(), rng.Unit());
        float grey = 0.1f + 0.8f * rng.Unit();
        backdrop = (backdrop * 0.35f) + new Vector3(grey) * 0.65f;
        return new FaceLight(
            X: rng.Range(-0.85f, 0.85f),
            Y: rng.Range(-0.75f, 0.25f),
            Ambient: rng.Range(0.30f, 0.75f),
            Gain: rng.Range(0.78f, 1.15f),
            Tint: Vector3.One + new Vector3(0.08f, 0.01f, -0.10f) * rng.Signed(),
            Backdrop: backdrop,
            BackdropEdge: backdrop * rng.Range(0.4f, 1.1f));
    }
}
