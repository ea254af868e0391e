using System.Numerics;

namespace HkaFer.Data;

/// <summary>
/// Paints one face from back to front: backdrop, neck, skull, features, light, hair, what covers it. The files of this class hold one
/// part of the face each; all lengths in them are face units (see <see cref="HeadFrame"/>).
/// </summary>
internal sealed partial class FacePainter
{
    private readonly FaceSpec _spec;
    private readonly FaceIdentity _id;
    private readonly FaceStyle _style;
    private readonly FacePalette _paint;
    private readonly HeadFrame _head;
    private readonly FaceRng _rng;
    private readonly FaceMask _skin, _lit, _shape, _stroke, _eye;
    private readonly Vector2[] _points = new Vector2[512];

    public FacePainter(FaceSpec spec, int pixels)
    {
        (_spec, _id, _style) = (spec, spec.Identity, spec.Style);
        _paint = new FacePalette(spec);
        _head = new HeadFrame(spec.Pose, pixels);
        _rng = new FaceRng(FaceRng.Fork(spec.Detail, 1));
        Canvas = new FaceCanvas(pixels, pixels);
        _skin = new FaceMask(pixels, pixels);
        _lit = new FaceMask(pixels, pixels);
        _shape = new FaceMask(pixels, pixels);
        _stroke = new FaceMask(pixels, pixels);
        _eye = new FaceMask(pixels, pixels);
    }

    public FaceCanvas Canvas { get; }

    public void Paint()
    {
        Backdrop();
        BackHair();
        Neck();
        Ears();
        Skull();
        Cheeks();
        Forehead();
        Beard();
        Mouth();
        Nose();
        Eye(-1);
        Eye(1);
        Brow(-1);
        Brow(1);
        LightUp();
        FrontHair();
        Occlude();
    }

    private float Au(ActionUnit unit) => _spec.Action[unit];

    /// <summary>Soft tones are what a photograph has and a drawing mostly leaves out.</summary>
    private float Soft(float alpha) => alpha * _style.Shading;

    private void Backdrop()
    {
        var light = _spec.Light;
        // A sheet of paper is never as dark as a room.
        var near = Vector3.Lerp(light.Backdrop, new Vector3(0.75f) + light.Backdrop * 0.2f, _style.Line);
        var far = Vector3.Lerp(light.BackdropEdge, new Vector3(0.70f) + light.BackdropEdge * 0.2f, _style.Line);
        float slant = _rng.Signed();
        for (int y = 0; y < Canvas.Height; y++)
        {
            var row = Canvas.Row(y);
            for (int x = 0; x < row.Length; x++)
            {
                float t = Math.Clamp((float)y / Canvas.Height + slant * ((float)x / Canvas.Width - 0.5f), 0, 1);
                row[x] = near + (far - near) * t;
            }
        }

        for (int i = 0; i < 3; i++)
        {
            float radius = Canvas.Width * _rng.Range(0.15f, 0.45f);
            var centre = new Vector2(Canvas.Width * _rng.Unit(), Canvas.Height * _rng.Unit());
            Canvas.Blob(centre, new Vector2(radius, 0), new Vector2(0, radius), near * _rng.Range(0.4f, 1.5f), Soft(0.6f));
        }
    }

    /// <summary>
    /// Light on everything painted so far that belongs to the head: brightest where the skull faces it. Comes after the features, so
    /// that eyes and teeth lie in the same shadow as the cheek beside them.
    /// </summary>
    private void LightUp()
    {
        var light = _spec.Light;
        float length = MathF.Sqrt(light.X * light.X + light.Y * light.Y + 0.8f * 0.8f);
        var (lx, ly, lz) = (light.X / length, light.Y / length, 0.8f / length);
        float strength = Math.Min(1, _style.Shading);
        // A camera exposes for the face: dark skin gets more light, though not until it is fair.
        float exposure = light.Gain * (1 + 0.9f * Math.Max(0, 0.62f - _id.Skin.Y));
        float gain = FaceMath.Lerp(1, exposure, strength);
        for (int y = 0; y < Canvas.Height; y++)
        {
            var row = Canvas.Row(y);
            var cover = _lit.Row(y);
            for (int x = 0; x < row.Length; x++)
            {
                var at = _head.Unroll(x + 0.5f, y + 0.5f);
                float nx = at.X / 1.03f, ny = at.Y / 1.55f;
                float rim = nx * nx + ny * ny;
                // Ears and neck reach past the ellipsoid; there the surface faces outwards.
                float inside = rim > 1 ? 1 / MathF.Sqrt(rim) : 1;
                (nx, ny) = (nx * inside, ny * inside);
                float nz = MathF.Sqrt(Math.Max(0, 1 - rim));
                float diffuse = Math.Max(0, nx * lx + ny * ly + nz * lz);
                float shade = FaceMath.Lerp(1, light.Ambient + (1 - light.Ambient) * 1.25f * diffuse, strength * cover[x]);
                row[x] *= light.Tint * (shade * gain);
            }
        }
    }

    // ---- drawing in face units ----

    /// <summary>A smooth curve through control points, projected to pixels. Valid until the next call.</summary>
    private Span<Vector2> Trace(ReadOnlySpan<Vector2> control, bool closed, float lift)
    {
        const int Steps = 5;
        int count = 0, last = control.Length - 1;
        int segments = closed ? control.Length : last;
        for (int i = 0; i < segments; i++)
        {
            var p0 = control[closed ? (i + last) % control.Length : Math.Max(i - 1, 0)];
            var p1 = control[i];
            var p2 = control[closed ? (i + 1) % control.Length : i + 1];
            var p3 = control[closed ? (i + 2) % control.Length : Math.Min(i + 2, last)];
            for (int s = 0; s < Steps; s++)
            {
                // Catmull-Rom: passes through its control points, so that shapes can be written down as the points they touch.
                float t = s / (float)Steps;
                var square = (2 * p0 - 5 * p1 + 4 * p2 - p3) * (t * t);
                var cube = (3 * p1 - p0 - 3 * p2 + p3) * (t * t * t);
                var p = 0.5f * (2 * p1 + (p2 - p0) * t + square + cube);
                _points[count++] = _head.Project(p.X, p.Y, lift);
            }
        }

        if (!closed) _points[count++] = _head.Project(control[last].X, control[last].Y, lift);
        return _points.AsSpan(0, count);
    }

    /// <summary>A filled smooth shape; its mask is left in <paramref name="mask"/>.</summary>
    private FaceMask Area(FaceMask mask, ReadOnlySpan<Vector2> control, Vector3 colour, float alpha = 1, float lift = 0,
        FaceMask? clip = null)
    {
        mask.Polygon(Trace(control, closed: true, lift));
        if (clip is not null) mask.Within(clip);
        Canvas.Fill(mask, colour, alpha);
        return mask;
    }

    /// <summary>A stroke whose half width swells from its ends to its middle.</summary>
    private void Line(ReadOnlySpan<Vector2> control, float ends, float middle, Vector3 colour, float alpha, float soft = 0, float lift = 0,
        FaceMask? clip = null, bool closed = false)
    {
        if (alpha <= 0.01f) return;
        _stroke.Stroke(Trace(control, closed, lift), ends * _head.Unit, middle * _head.Unit, ends * _head.Unit, soft * _head.Unit);
        if (clip is not null) _stroke.Within(clip);
        Canvas.Fill(_stroke, colour, Math.Min(1, alpha));
    }

    /// <summary>The pencil's outline of a shape; nothing in a photograph.</summary>
    private void Outline(ReadOnlySpan<Vector2> control, bool closed, float width = 0.016f, float lift = 0)
    {
        if (_style.Line > 0) Line(control, width, width, _paint.Ink, _style.Line * 0.9f, 0.01f, lift, closed: closed);
    }

    /// <summary>A soft ellipse on the skin.</summary>
    private void Spot(float x, float y, float rx, float ry, Vector3 colour, float alpha, FaceMask? clip = null, float lift = 0)
    {
        if (alpha <= 0.01f) return;
        var u = (_head.Project(x + rx, y, lift) - _head.Project(x - rx, y, lift)) * 0.5f;
        var v = (_head.Project(x, y + ry, lift) - _head.Project(x, y - ry, lift)) * 0.5f;
        Canvas.Blob(_head.Project(x, y, lift), u, v, colour, Math.Min(1, alpha), clip);
    }

    private static Vector2 V(float x, float y) => new(x, y);
}
