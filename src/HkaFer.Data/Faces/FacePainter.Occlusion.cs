using System.Numerics;

namespace HkaFer.Data;

/// <content>What covers a part of the face.</content>
internal sealed partial class FacePainter
{
    private void Occlude()
    {
        switch (_spec.Occlusion.Kind)
        {
            case FaceOcclusionKind.Glasses:
            case FaceOcclusionKind.Sunglasses:
                Glasses();
                break;
            case FaceOcclusionKind.Hand:
                Hand();
                break;
            case FaceOcclusionKind.Bar:
                Bar();
                break;
            case FaceOcclusionKind.Fringe:
                Fringe();
                break;
        }
    }

    private void Glasses()
    {
        var o = _spec.Occlusion;
        const float Lift = 0.08f;
        float w = 0.29f * o.Size, h = 0.21f * o.Size, y = EyeY + 0.03f;
        foreach (float s in Sides)
        {
            float cx = s * 0.42f * _id.EyeSpacing;
            ReadOnlySpan<Vector2> rim = [V(cx - w, y - h * 0.75f), V(cx, y - h), V(cx + w, y - h * 0.75f),
                V(cx + w * 0.95f, y + h * 0.5f), V(cx, y + h), V(cx - w * 0.95f, y + h * 0.5f)];
            bool dark = o.Kind == FaceOcclusionKind.Sunglasses;
            Area(_shape, rim, dark ? o.Colour : Vector3.One, dark ? 0.93f : 0.07f, Lift);
            Line([V(cx - w * 0.5f, y + h * 0.4f), V(cx + w * 0.2f, y - h * 0.7f)], 0.01f, 0.05f, Vector3.One, dark ? 0.25f : 0.18f, 0.05f,
                Lift, _shape);
            Line(rim, 0.022f, 0.022f, o.Colour, 0.95f, 0.01f, Lift, closed: true);
            Line([V(cx + s * w, y - h * 0.5f), V(s * 1.02f, y - h * 0.35f)], 0.02f, 0.018f, o.Colour, 0.9f, 0.01f);
        }

        float gap = 0.42f * _id.EyeSpacing - w;
        Line([V(-gap, y - h * 0.35f), V(0, y - h * 0.5f), V(gap, y - h * 0.35f)], 0.018f, 0.02f, o.Colour, 0.95f, 0.01f, Lift + 0.04f);
    }

    private void Hand()
    {
        var o = _spec.Occlusion;
        var skin = _paint.Skin * FaceMath.Lerp(0.92f, 0.85f, _style.Shading);
        float cos = FaceMath.Cos(o.Angle), sin = FaceMath.Sin(o.Angle), side = o.X < 0 ? -1 : 1;
        for (int finger = 3; finger >= 0; finger--)
        {
            // Fingers come from outside and below, side by side, and lie flat on the face.
            float across = (finger - 1.5f) * 0.20f * o.Size, reach = (finger is 0 or 3 ? 0.05f : 0.18f) * o.Size;
            var tip = V(o.X + across * cos * side - reach * sin * side, o.Y + across * sin - reach);
            var root = V(o.X + across * cos * side + 0.5f * side + 0.7f * sin * side, o.Y + across * sin + 1.3f);
            var knuckle = (tip + root) * 0.5f + V(0.04f * side, 0);
            Line([tip, knuckle, root], 0.105f * o.Size, 0.115f * o.Size, _paint.Shadow, 0.8f, 0.02f, 0.12f);
            Line([tip, knuckle, root], 0.085f * o.Size, 0.095f * o.Size, skin, 1, 0.02f, 0.12f);
            Line([tip + V(-0.02f, 0.03f), knuckle], 0.01f, 0.03f, _paint.Light, Soft(0.4f), 0.04f, 0.12f);
        }
    }

    private void Bar()
    {
        var o = _spec.Occlusion;
        float cos = FaceMath.Cos(o.Angle), sin = FaceMath.Sin(o.Angle), half = 0.20f * o.Size;
        var along = V(cos, sin) * 1.9f;
        var across = V(-sin, cos) * half;
        var centre = V(o.X, o.Y);
        // Four corners without smoothing: a bar has straight edges.
        ReadOnlySpan<Vector2> corners = [centre - along - across, centre + along - across, centre + along + across,
            centre - along + across];
        for (int i = 0; i < corners.Length; i++) _points[i] = _head.Project(corners[i].X, corners[i].Y);
        Canvas.Fill(_shape.Polygon(_points.AsSpan(0, corners.Length)), o.Colour);
        Line([centre - along, centre + along], 0.01f, 0.02f, o.Colour * 0.7f, Soft(0.8f), 0.05f, 0, _shape);
    }

    private void Fringe()
    {
        if (_id.Hair == FaceHair.Bald) return;
        var o = _spec.Occlusion;
        for (int i = 0; i < 9; i++)
        {
            float x = o.X * (-0.55f + 0.16f * i), end = -0.62f + 0.26f * o.Size * (0.4f + 0.6f * _rng.Unit());
            var colour = _paint.Hair * _rng.Range(0.8f, 1.15f);
            Line([V(x * 0.8f, -1.3f), V(x, -0.9f), V(x + 0.14f * o.X, end)], 0.03f, 0.075f, colour, 1, 0.02f, 0.06f);
        }
    }
}
