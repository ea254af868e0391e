using System.Numerics;

namespace HkaFer.Data;

/// <content>Eyes and brows.</content>
internal sealed partial class FacePainter
{
    private const float EyeY = -0.20f;

    private Vector2? _gaze;

    /// <summary>Both eyes look the same way.</summary>
    private Vector2 Gaze => _gaze ??= V(0.05f * _rng.Bell(), 0.025f * _rng.Bell());

    private void Eye(float s)
    {
        float size = _id.EyeSize, w = 0.208f * size, cx = s * 0.40f * _id.EyeSpacing;
        float raise = Au(ActionUnit.LidRaise), tight = Au(ActionUnit.LidTighten), cheek = Au(ActionUnit.CheekRaise),
            droop = Au(ActionUnit.LidDroop);
        float sorrow = Math.Min(1, 1.6f * Au(ActionUnit.BrowInnerRaise) * Au(ActionUnit.BrowLower)) * (1 - raise);
        float upper = size * 0.088f * Math.Max(0.05f, 1 + 0.75f * raise - 0.38f * tight - 0.30f * cheek - 0.85f * droop);
        float lower = size * (0.052f + 0.018f * raise - 0.032f * tight - 0.048f * cheek);
        // Lids that meet from both sides close; they do not pass each other.
        lower = Math.Max(lower, -0.75f * upper);
        float tilt = _id.EyeTilt - 0.02f * sorrow;
        float inner = cx - s * w, outer = cx + s * w, innerY = EyeY + 0.015f, outerY = EyeY - tilt + 0.005f + 0.03f * sorrow;
        // Sorrow lifts the inner part of the upper lid, anger presses it down: the lid follows the brow.
        float press = Au(ActionUnit.BrowLower) * (1 - sorrow) * 0.030f;
        float lidInner = EyeY - upper * 0.80f - 0.020f * sorrow + press, lidOuter = EyeY - tilt - upper * 0.72f + 0.035f * sorrow;
        float quarter = s * w * 0.52f;

        Spot(cx, EyeY - 0.10f, 0.30f, 0.17f, _paint.Shadow, Soft(0.42f + 0.2f * Au(ActionUnit.BrowLower)), _skin);
        Spot(cx - s * 0.20f, EyeY - 0.02f, 0.12f, 0.16f, _paint.Shadow, Soft(0.35f), _skin);
        Bag(s, cx, w, lower);

        ReadOnlySpan<Vector2> upperLid = [V(inner, innerY), V(cx - quarter, lidInner), V(cx, EyeY - upper), V(cx + quarter, lidOuter),
            V(outer, outerY)];
        ReadOnlySpan<Vector2> lowerLid = [V(outer, outerY), V(cx + quarter, EyeY + lower * 0.95f), V(cx, EyeY + lower),
            V(cx - quarter, EyeY + lower * 0.75f), V(inner, innerY)];
        Area(_eye, [.. upperLid, .. lowerLid[1..4]], _paint.White);
        Spot(cx, EyeY - upper, w * 1.1f, 0.07f, _paint.Shadow, Soft(0.55f), _eye);

        // The iris hangs from where the lids rest: a raised lid shows the white above it.
        float radius = 0.098f * size, ix = cx + Gaze.X * size, iy = EyeY - 0.012f + Gaze.Y;
        Disc(ix, iy, radius, _paint.Ink, 0.95f);
        Disc(ix, iy, radius * 0.84f, _paint.Iris, 1);
        Disc(ix, iy, radius * 0.46f, _paint.Ink * 0.6f, 1);
        Spot(ix - 0.035f, iy - 0.035f, 0.034f, 0.034f, Vector3.One, 0.95f, _eye);

        Line(upperLid, 0.012f, 0.026f, _paint.Ink, 0.95f, 0.012f);
        Line(lowerLid, 0.007f, 0.010f, _paint.Crease, 0.55f + 0.3f * tight, 0.012f);
        // Crease of the lid; it goes under when the brow comes down.
        float crease = 0.050f * (1 - 0.6f * Au(ActionUnit.BrowLower));
        Line([V(inner + s * 0.02f, innerY - 0.06f), V(cx - quarter, lidInner - crease), V(cx, EyeY - upper - crease),
            V(cx + quarter, lidOuter - crease), V(outer + s * 0.03f, outerY - 0.03f)],
            0.006f, 0.013f, _paint.Crease, 0.45f + 0.2f * _style.Line, 0.025f, clip: _skin);
    }

    /// <summary>The swelling below the eye: raised cheeks and tight lids push it up, age lets it hang.</summary>
    private void Bag(float s, float cx, float w, float lower)
    {
        float push = Math.Max(Au(ActionUnit.CheekRaise), 0.7f * Au(ActionUnit.LidTighten));
        float y = EyeY + Math.Max(lower, 0) + 0.075f;
        Line([V(cx - s * w, y - 0.02f), V(cx, y + 0.025f), V(cx + s * w, y - 0.03f)], 0.006f, 0.018f, _paint.Crease,
            0.15f + 0.42f * push + 0.25f * _id.Age, 0.04f, clip: _skin);
    }

    private void Disc(float x, float y, float radius, Vector3 colour, float alpha)
    {
        Span<Vector2> circle = stackalloc Vector2[8];
        for (int i = 0; i < circle.Length; i++)
        {
            float angle = i * (6.2831853f / circle.Length);
            circle[i] = V(x + radius * FaceMath.Cos(angle), y + radius * FaceMath.Sin(angle));
        }

        Area(_shape, circle, colour, alpha, clip: _eye);
    }

    private void Brow(float s)
    {
        float raiseIn = Au(ActionUnit.BrowInnerRaise), raiseOut = Au(ActionUnit.BrowOuterRaise);
        float frown = Au(ActionUnit.BrowLower), wrinkle = Au(ActionUnit.NoseWrinkle), spacing = _id.EyeSpacing;
        float y = -0.475f - _id.BrowHeight, t = 0.048f * _id.BrowThickness;
        // Raised and lowered at once, the inner end wins upwards and the two ends still draw together: grief and fear.
        float lower = frown * (1 - 0.55f * raiseIn);
        float draw = 0.07f * frown;
        float innerX = 0.16f * spacing - draw,
            innerY = y + 0.03f - _id.BrowSlant - 0.185f * raiseIn - 0.03f * raiseOut + 0.175f * lower + 0.08f * wrinkle;
        float arch1 = y - 0.035f - 0.125f * raiseIn - 0.09f * raiseOut + 0.115f * lower + 0.05f * wrinkle;
        float arch2 = y - 0.055f - 0.010f * raiseIn - 0.165f * raiseOut + 0.035f * lower + 0.02f * wrinkle;
        float outerY = y + 0.03f + _id.BrowSlant + 0.03f * raiseIn - 0.150f * raiseOut - 0.01f * lower;
        ReadOnlySpan<Vector2> top =
        [
            V(s * innerX, innerY - t * 0.7f), V(s * (0.32f * spacing - draw * 0.6f), arch1 - t),
            V(s * 0.50f * spacing, arch2 - t * 0.85f), V(s * 0.66f * spacing, outerY),
        ];
        ReadOnlySpan<Vector2> brow =
        [
            .. top, V(s * 0.50f * spacing, arch2 + t * 0.75f), V(s * (0.32f * spacing - draw * 0.6f), arch1 + t * 0.9f),
            V(s * innerX, innerY + t * 0.9f),
        ];
        Area(_shape, brow, _paint.Brow, 0.88f);
        // Single hairs break the edge.
        for (int i = 0; i < 5; i++)
        {
            var at = top[0] + (top[2] - top[0]) * (i / 4f);
            Line([V(at.X, at.Y + 1.4f * t), V(at.X + s * 0.05f, at.Y - 0.2f * t)], 0.004f, 0.010f, _paint.Brow, 0.45f, 0.01f);
        }

        Spot(s * 0.34f, innerY + 0.10f, 0.26f, 0.08f, _paint.Shadow, Soft(0.45f * lower), _skin);
    }
}
