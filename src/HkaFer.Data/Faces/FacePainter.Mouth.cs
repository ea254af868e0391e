using System.Numerics;

namespace HkaFer.Data;

/// <content>Lips, teeth and tongue.</content>
internal sealed partial class FacePainter
{
    /// <summary>Points along each edge of a lip.</summary>
    private const int LipPoints = 9;

    private const float MouthY = 0.635f;

    private float MouthHalfWidth => 0.335f * _id.MouthWidth * (1 + 0.30f * Au(ActionUnit.LipCornerPull) + 0.30f * Au(ActionUnit.LipStretch)
        - 0.26f * Au(ActionUnit.JawDrop) - 0.10f * Au(ActionUnit.LipPress) - 0.08f * Au(ActionUnit.ChinRaise)
        + 0.05f * Au(ActionUnit.UpperLipRaise));

    private void Mouth()
    {
        float pull = Au(ActionUnit.LipCornerPull), depress = Au(ActionUnit.LipCornerDepress), stretch = Au(ActionUnit.LipStretch);
        float part = Au(ActionUnit.LipsPart), jaw = Au(ActionUnit.JawDrop), chinUp = Au(ActionUnit.ChinRaise),
            press = Au(ActionUnit.LipPress);
        float sneer = Math.Max(Au(ActionUnit.UpperLipRaise), 0.4f * Au(ActionUnit.NoseWrinkle)), smirk = Au(ActionUnit.LipCornerTighten);
        float w = MouthHalfWidth;
        float corner = MouthY - _id.MouthCurve - 0.135f * pull + 0.105f * depress + 0.02f * stretch + 0.15f * jaw;
        float seam = MouthY + 0.035f * pull - 0.045f * chinUp * (1 - pull) - 0.030f * depress;
        float top = seam - 0.065f * sneer - 0.025f * part * (pull + stretch) - 0.045f * jaw;
        float bottom = Math.Max(top, seam + part * (0.045f + 0.075f * pull + 0.055f * stretch + 0.02f * sneer) + 0.34f * jaw);
        // Wide corners make a round mouth, stretched ones a box.
        float round = Math.Min(1, 1.2f * jaw), box = Math.Max(Math.Max(stretch, 0.7f * sneer), 0.35f * pull * part);
        float thin = 1 - 0.72f * press - 0.25f * pull - 0.25f * stretch;
        float upperLip = 0.082f * _id.LipFullness * thin * (1 - 0.15f * sneer),
            lowerLip = 0.100f * _id.LipFullness * thin * (1 + 0.30f * chinUp);

        Span<Vector2> upperIn = stackalloc Vector2[LipPoints], lowerIn = stackalloc Vector2[LipPoints];
        Span<Vector2> upperOut = stackalloc Vector2[LipPoints], lowerOut = stackalloc Vector2[LipPoints];
        for (int i = 0; i < LipPoints; i++)
        {
            float t = 2f * i / (LipPoints - 1) - 1, q = t * t;
            float parabola = 1 - q, circle = MathF.Sqrt(Math.Max(0, 1 - q)), square = 1 - q * q * q;
            float shape = FaceMath.Lerp(FaceMath.Lerp(parabola, circle, round), square, box * (1 - round));
            // One raised corner; the other stays.
            float end = corner - (t > 0 ? smirk * 0.10f * t : 0);
            float bow = 0.30f * FaceMath.Bump((t * t) / 0.05f);
            // A sneer lifts the lip beside its middle most.
            float flare = 0.028f * sneer * FaceMath.Bump((Math.Abs(t) - 0.45f) * (Math.Abs(t) - 0.45f) / 0.12f);
            upperIn[i] = V(w * t, FaceMath.Lerp(end, top, shape) - flare);
            lowerIn[i] = V(w * t, FaceMath.Lerp(end, bottom, shape));
            upperOut[i] = upperIn[i] - V(0, upperLip * (1 - bow) * (0.12f + 0.88f * (1 - q * q)));
            lowerOut[i] = lowerIn[i] + V(0, lowerLip * circle);
        }

        Around(w, corner, bottom + lowerLip, pull, depress, chinUp);
        Span<Vector2> loop = stackalloc Vector2[2 * LipPoints];
        Ring(upperOut, lowerOut, loop);
        Area(_shape, loop, _paint.Lips);
        Spot(0, bottom + 0.5f * lowerLip, w * 0.5f, 0.4f * lowerLip, _paint.Light, Soft(0.5f), _shape);
        Spot(0, top - 0.3f * upperLip, w, 0.8f * upperLip, _paint.Shadow, Soft(0.3f), _shape);
        Outline(loop, closed: true, 0.010f);

        if (bottom - top > 0.02f) Inside(upperIn, lowerIn, loop, top, bottom, w);
        Line(upperIn, 0.010f, 0.017f + 0.006f * press, _paint.Ink, 0.80f, 0.015f);
        if (bottom - top > 0.02f) Line(lowerIn, 0.006f, 0.010f, _paint.Crease, 0.5f, 0.015f);
        foreach (float s in Sides) Spot(s * w, corner - (s > 0 ? 0.10f * smirk : 0), 0.055f, 0.05f, _paint.Ink, 0.55f, _skin);
    }

    /// <summary>Shadows and creases around the lips.</summary>
    private void Around(float w, float corner, float lowest, float pull, float depress, float chinUp)
    {
        Spot(0, lowest + 0.06f, 0.20f, 0.06f, _paint.Shadow, Soft(0.50f), _skin);
        Spot(0, lowest + 0.22f, 0.17f, 0.11f, _paint.Light, Soft(0.25f), _skin);
        foreach (float s in Sides)
        {
            Line([V(s * (w + 0.03f), corner + 0.02f), V(s * (w + 0.08f), corner + 0.10f), V(s * (w + 0.07f), corner + 0.20f)], 0.006f,
                0.018f, _paint.Crease, 0.60f * depress, 0.03f, clip: _skin);
            Line([V(s * (w + 0.06f), corner - 0.10f), V(s * (w + 0.10f), corner), V(s * (w + 0.06f), corner + 0.10f)], 0.005f, 0.016f,
                _paint.Crease, 0.50f * pull, 0.03f, clip: _skin);
        }

        // A raised chin is dimpled and its boss arches.
        Line([V(-0.16f, lowest + 0.13f), V(0, lowest + 0.07f), V(0.16f, lowest + 0.13f)], 0.006f, 0.020f, _paint.Crease, 0.55f * chinUp,
            0.03f, clip: _skin);
        for (int i = 0; i < 4; i++)
        {
            float x = 0.11f * _rng.Signed(), y = lowest + 0.22f + 0.06f * _rng.Signed();
            Spot(x, y, 0.03f, 0.03f, _paint.Crease, 0.5f * Soft(chinUp), _skin);
        }
    }

    private void Inside(Span<Vector2> upper, Span<Vector2> lower, Span<Vector2> loop, float top, float bottom, float w)
    {
        float pull = Au(ActionUnit.LipCornerPull), stretch = Au(ActionUnit.LipStretch), sneer = Au(ActionUnit.UpperLipRaise),
            jaw = Au(ActionUnit.JawDrop);
        Ring(upper, lower, loop);
        // The mask of the eyes is free by now or not yet needed, and the mouth needs one that outlives its teeth.
        Area(_eye, loop, _paint.Mouth);
        Spot(0, bottom, w * 0.7f, 0.13f, _paint.Tongue, 0.85f * jaw, _eye);
        float show = Math.Min(1, Math.Max(Math.Max(pull, 0.9f * sneer), 0.75f * stretch) + 0.15f * jaw);
        float height = FaceMath.Lerp(0.05f, 0.115f, show);
        Span<Vector2> teeth = stackalloc Vector2[2 * LipPoints];
        for (int i = 0; i < LipPoints; i++)
        {
            teeth[i] = V(upper[i].X * 0.9f, upper[i].Y - 0.02f);
            teeth[^(i + 1)] = V(upper[i].X * 0.9f, Math.Min(upper[i].Y, top + 0.05f) + height);
        }

        Area(_shape, teeth, _paint.Teeth, 0.35f + 0.6f * show, clip: _eye);
        for (int i = -2; i <= 2; i++)
        {
            float x = 0.085f * i;
            Line([V(x, top - 0.02f), V(x, top + height)], 0.003f, 0.005f, _paint.Crease, 0.35f * show, 0.005f, clip: _shape);
        }

        // Stretched lips bare the lower teeth as well.
        float low = Math.Max(stretch, 0.6f * sneer) * (1 - jaw);
        for (int i = 0; i < LipPoints; i++)
        {
            teeth[i] = V(lower[i].X * 0.85f, lower[i].Y - 0.055f);
            teeth[^(i + 1)] = V(lower[i].X * 0.85f, lower[i].Y + 0.02f);
        }

        Area(_shape, teeth, _paint.Teeth * 0.92f, 0.8f * low, clip: _eye);
        Spot(0, top, w, 0.05f, _paint.Mouth, 0.45f, _eye);
    }

    private static void Ring(ReadOnlySpan<Vector2> upper, ReadOnlySpan<Vector2> lower, Span<Vector2> loop)
    {
        upper.CopyTo(loop);
        for (int i = 0; i < LipPoints; i++) loop[^(i + 1)] = lower[i];
    }
}
