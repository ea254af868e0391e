using System.Numerics;

namespace HkaFer.Data;

/// <content>Hair behind and in front of the head.</content>
internal sealed partial class FacePainter
{
    private void BackHair()
    {
        float w = 0.91f * _id.SkullWidth;
        switch (_id.Hair)
        {
            case FaceHair.Bob:
                Locks([V(0, -1.75f), V(0.85f * w, -1.5f), V(1.25f * w, -0.7f), V(1.32f * w, 0.2f), V(1.15f * w, 0.85f), V(0.7f, 0.95f),
                    V(-0.7f, 0.95f), V(-1.15f * w, 0.85f), V(-1.32f * w, 0.2f), V(-1.25f * w, -0.7f), V(-0.85f * w, -1.5f)]);
                break;
            case FaceHair.Long:
                Locks([V(0, -1.7f), V(0.85f * w, -1.5f), V(1.18f * w, -0.7f), V(1.22f * w, 0.4f), V(1.35f * w, 1.9f), V(0.5f, 2.0f),
                    V(-0.5f, 2.0f), V(-1.35f * w, 1.9f), V(-1.22f * w, 0.4f), V(-1.18f * w, -0.7f), V(-0.85f * w, -1.5f)]);
                break;
            case FaceHair.Curly:
                Locks([V(0, -1.95f), V(1.0f * w, -1.65f), V(1.38f * w, -0.9f), V(1.32f * w, -0.2f), V(1.0f, 0.25f), V(-1.0f, 0.25f),
                    V(-1.32f * w, -0.2f), V(-1.38f * w, -0.9f), V(-1.0f * w, -1.65f)]);
                break;
        }
    }

    private void Locks(ReadOnlySpan<Vector2> control)
    {
        Area(_shape, control, _paint.Hair * 0.82f, lift: -0.3f);
        Strands(14, -1.3f, 1.3f, -1.6f, 1.6f, 0.05f);
        Outline(control, closed: true, 0.018f, -0.3f);
    }

    private void FrontHair()
    {
        float w = _id.SkullWidth, line = -0.93f + _id.Hairline;
        // Rims are above the picture or against the backdrop: what is seen is the hairline.
        switch (_id.Hair)
        {
            case FaceHair.Bald:
                return;
            case FaceHair.Short:
                Crown([V(-0.97f * w, -0.22f), V(-0.84f * w, -0.50f), V(-0.66f, line + 0.10f), V(-0.3f, line - 0.02f),
                    V(0.3f, line - 0.02f), V(0.66f, line + 0.10f), V(0.84f * w, -0.50f), V(0.97f * w, -0.22f)], 1.04f);
                break;
            case FaceHair.Parted:
                Crown([V(-0.98f * w, -0.2f), V(-0.84f * w, -0.48f), V(-0.73f, line + 0.22f), V(-0.2f, line + 0.08f),
                    V(0.30f, line - 0.22f), V(0.65f, line), V(0.84f * w, -0.52f), V(0.98f * w, -0.2f)], 1.10f);
                break;
            case FaceHair.Bob:
                Crown([V(-1.12f * w, 0.75f), V(-0.88f * w, 0.5f), V(-0.90f * w, -0.3f), V(-0.62f, line + 0.22f), V(0, line + 0.12f),
                    V(0.62f, line + 0.22f), V(0.90f * w, -0.3f), V(0.88f * w, 0.5f), V(1.12f * w, 0.75f)], 1.2f);
                break;
            case FaceHair.Long:
                Crown([V(-1.1f * w, 1.6f), V(-0.90f * w, 0.8f), V(-0.93f * w, -0.2f), V(-0.55f, line + 0.18f), V(0, line - 0.25f),
                    V(0.55f, line + 0.18f), V(0.93f * w, -0.2f), V(0.90f * w, 0.8f), V(1.1f * w, 1.6f)], 1.14f);
                break;
            default:
                Crown([V(-1.12f * w, -0.05f), V(-0.86f * w, -0.35f), V(-0.69f, line + 0.12f), V(-0.38f, line - 0.06f), V(0, line + 0.05f),
                    V(0.38f, line - 0.06f), V(0.69f, line + 0.12f), V(0.86f * w, -0.35f), V(1.12f * w, -0.05f)], 1.25f);
                break;
        }
    }

    /// <summary>Hair between a hairline, given from left to right, and the top of the head.</summary>
    private void Crown(ReadOnlySpan<Vector2> hairline, float volume)
    {
        float w = 0.91f * _id.SkullWidth * volume;
        Span<Vector2> shape = stackalloc Vector2[hairline.Length + 5];
        hairline.CopyTo(shape);
        shape[^5] = V(1.02f * w, -0.65f);
        shape[^4] = V(0.72f * w, -1.35f);
        shape[^3] = V(0, -1.55f * volume);
        shape[^2] = V(-0.72f * w, -1.35f);
        shape[^1] = V(-1.02f * w, -0.65f);
        var light = _spec.Light;
        float gain = FaceMath.Lerp(1, light.Gain, _style.Shading);
        Area(_shape, shape, _paint.Hair * gain);
        Spot(-0.35f + 0.5f * light.X, -1.05f, 0.5f, 0.25f, _paint.Hair + (Vector3.One - _paint.Hair) * 0.35f, Soft(0.6f), _shape);
        Strands(16, -1.1f, 1.1f, -1.5f, -0.5f, 0.10f);
        Outline(hairline, closed: false, 0.015f);
        // Hair throws a narrow shadow on the forehead.
        Line(hairline, 0.01f, 0.03f, _paint.Shadow, Soft(0.35f), 0.06f, clip: _skin);
    }

    /// <summary>Lighter and darker strands over the shape painted last.</summary>
    private void Strands(int count, float left, float right, float top, float bottom, float bend)
    {
        for (int i = 0; i < count; i++)
        {
            float x = _rng.Range(left, right), y = _rng.Range(top, 0.5f * (top + bottom)), length = 0.5f * (bottom - top);
            var colour = _rng.Chance(0.5f) ? _paint.Hair * 0.55f : _paint.Hair + (Vector3.One - _paint.Hair) * 0.22f;
            Line([V(x, y), V(x * 1.06f + bend * _rng.Signed(), y + 0.5f * length), V(x * 1.12f, y + length)], 0.004f, 0.020f, colour,
                0.55f, 0.02f, -0.1f, _shape);
        }
    }
}
