using System.Numerics;

namespace HkaFer.Data;

/// <content>Skull, neck, ears, cheeks, forehead and beard.</content>
internal sealed partial class FacePainter
{
    /// <summary>Where the chin is: lower when the jaw has dropped.</summary>
    private float Chin => 1.22f * _id.ChinLength + 0.16f * Au(ActionUnit.JawDrop);

    private void Neck()
    {
        float w = 0.48f * _id.JawWidth + 0.05f;
        Area(_skin, [V(-w, 0.7f), V(-w, 1.3f), V(-w - 0.1f, 1.9f), V(w + 0.1f, 1.9f), V(w, 1.3f), V(w, 0.7f)], _paint.Skin, lift: -0.35f);
        Canvas.Fill(_skin, _paint.Shadow, 0.35f + Soft(0.3f));
        _lit.Unite(_skin);
        var cloth = _rng.Mix(_spec.Light.BackdropEdge, new Vector3(_rng.Unit(), _rng.Unit(), _rng.Unit()));
        Area(_shape, [V(-2.2f, 2.4f), V(-1.7f, 1.62f), V(-0.75f, 1.42f), V(0, 1.62f), V(0.75f, 1.42f), V(1.7f, 1.62f), V(2.2f, 2.4f)],
            cloth, lift: -0.4f);
    }

    private void Ears()
    {
        float w = 0.89f * _id.SkullWidth;
        foreach (float s in Sides)
        {
            ReadOnlySpan<Vector2> ear = [V(s * (w - 0.08f), -0.22f), V(s * (w + 0.08f), -0.30f), V(s * (w + 0.13f), -0.08f),
                V(s * (w + 0.07f), 0.20f), V(s * (w - 0.08f), 0.28f)];
            Area(_shape, ear, _paint.Skin * 0.88f, lift: -0.12f);
            Spot(s * (w + 0.04f), -0.04f, 0.06f, 0.18f, _paint.Shadow, Soft(0.6f), _shape, -0.12f);
            _lit.Unite(_shape);
            Outline(ear, closed: true, lift: -0.12f);
        }
    }

    private void Skull()
    {
        float w = _id.SkullWidth, jaw = _id.JawWidth, chin = Chin, drop = 0.09f * Au(ActionUnit.JawDrop);
        float puff = 0.025f * Au(ActionUnit.LipCornerPull);
        ReadOnlySpan<Vector2> right =
        [
            V(0.47f * w, -1.36f), V(0.77f * w, -0.98f), V(0.88f * w, -0.48f), V(0.89f * w, 0),
            V((0.845f + puff) * (w + jaw) / 2, 0.38f + drop),
            V(0.71f * jaw, 0.78f + drop), V(0.43f * jaw, chin - 0.14f), V(0.19f * jaw, chin - 0.01f),
        ];
        Span<Vector2> outline = stackalloc Vector2[2 * right.Length + 2];
        outline[0] = V(0, -1.47f);
        outline[right.Length + 1] = V(0, chin);
        for (int i = 0; i < right.Length; i++)
        {
            outline[i + 1] = right[i];
            outline[^(i + 1)] = V(-right[i].X, right[i].Y);
        }

        Area(_skin, outline, _paint.Skin);
        _lit.Unite(_skin);
        Outline(outline, closed: true, 0.02f);
        // The edge of the skull turns away from every light.
        Spot(0, chin - 0.02f, 0.5f, 0.14f, _paint.Shadow, Soft(0.35f), _skin);
        foreach (float s in Sides) Spot(s * 0.85f * w, 0.45f, 0.22f, 0.75f, _paint.Shadow, Soft(0.35f), _skin);
        Spot(0, -0.85f, 0.5f, 0.3f, _paint.Light, Soft(0.25f), _skin);
    }

    private void Cheeks()
    {
        float raise = Au(ActionUnit.CheekRaise), pull = Au(ActionUnit.LipCornerPull);
        foreach (float s in Sides)
        {
            float y = 0.28f - 0.08f * raise;
            Spot(s * 0.55f, y, 0.30f, 0.24f, _paint.Flush, Soft(0.30f + 0.25f * raise), _skin);
            Spot(s * 0.56f, y - 0.05f, 0.19f, 0.13f, _paint.Light, Soft(0.22f + 0.45f * raise), _skin);
            Spot(s * 0.66f, 0.62f, 0.17f, 0.30f, _paint.Shadow, Soft(0.16f + 0.10f * pull), _skin);
            // The fold from nose to mouth: it deepens with every unit that lifts the lip, and with age.
            float fold = Math.Max(Math.Max(0.75f * pull, 0.8f * Au(ActionUnit.UpperLipRaise)),
                Math.Max(0.6f * Au(ActionUnit.NoseWrinkle), 0.4f * _id.Age));
            float wing = 0.17f * _id.NoseWidth, corner = MouthHalfWidth + 0.09f;
            ReadOnlySpan<Vector2> path = [V(s * (wing + 0.03f), 0.20f), V(s * (wing + 0.16f), 0.36f), V(s * corner, 0.54f - 0.06f * pull),
                V(s * (corner + 0.02f), 0.68f)];
            Line(path, 0.008f, 0.022f, _paint.Crease, 0.62f * fold, 0.05f, clip: _skin);
            // Crow's feet.
            for (int i = -1; i <= 1 && raise + _id.Age > 0.5f; i++)
            {
                float x = 0.40f * _id.EyeSpacing + 0.24f;
                Line([V(s * x, -0.19f + 0.03f * i), V(s * (x + 0.10f), -0.20f + 0.085f * i)], 0.004f, 0.012f, _paint.Crease,
                    0.45f * Math.Max(raise, _id.Age), 0.015f, clip: _skin);
            }
        }
    }

    private void Forehead()
    {
        float lift = Math.Max(Au(ActionUnit.BrowOuterRaise), 0.7f * Au(ActionUnit.BrowInnerRaise));
        float inner = Au(ActionUnit.BrowInnerRaise), outer = Au(ActionUnit.BrowOuterRaise);
        for (int i = 0; i < 3; i++)
        {
            float y = -0.76f - 0.10f * i, w = FaceMath.Lerp(0.26f, 0.55f, outer);
            // Only the middle of the forehead wrinkles when only the inner brows rise.
            Line([V(-w, y + 0.02f), V(-0.5f * w, y - 0.02f * inner), V(0, y + 0.015f), V(0.5f * w, y - 0.02f * inner), V(w, y + 0.02f)],
                0.004f, 0.014f, _paint.Crease, 0.34f * lift + 0.30f * _id.Age, 0.03f, clip: _skin);
        }

        float frown = Math.Max(Au(ActionUnit.BrowLower), 0.6f * Au(ActionUnit.NoseWrinkle));
        foreach (float s in Sides)
        {
            Line([V(s * 0.075f, -0.56f), V(s * 0.055f, -0.46f), V(s * 0.07f, -0.34f)], 0.006f, 0.020f, _paint.Crease, 0.75f * frown,
                0.025f, clip: _skin);
        }
    }

    private void Beard()
    {
        if (_id.Beard <= 0) return;
        float jaw = _id.JawWidth, chin = Chin;
        Area(_shape,
            [V(-0.92f, -0.1f), V(-0.74f, 0.42f), V(-0.52f, 0.68f), V(-0.34f, 0.47f), V(0, 0.40f), V(0.34f, 0.47f), V(0.52f, 0.68f),
                V(0.74f, 0.42f), V(0.92f, -0.1f), V(0.80f * jaw, 0.84f),
                V(0.4f * jaw, chin), V(0, chin + 0.04f), V(-0.4f * jaw, chin), V(-0.80f * jaw, 0.84f)],
            Vector3.Lerp(_paint.Hair, _paint.Shadow, 0.3f), (0.15f + 0.42f * _id.Beard) * (1 - 0.5f * _style.Line), clip: _skin);
    }

    private static readonly float[] Sides = [-1, 1];
}
