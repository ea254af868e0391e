using System.Numerics;

namespace HkaFer.Data;

/// <content>The nose.</content>
internal sealed partial class FacePainter
{
    private void Nose()
    {
        float wrinkle = Au(ActionUnit.NoseWrinkle), lift = Math.Max(wrinkle, 0.5f * Au(ActionUnit.UpperLipRaise));
        float w = 0.165f * _id.NoseWidth * (1 + 0.16f * lift + 0.06f * Au(ActionUnit.LipCornerPull));
        float tip = -0.06f + 0.33f * _id.NoseLength - 0.055f * lift;
        float side = _spec.Light.X > 0 ? -1 : 1;
        // The tip stands off the face, so it moves further than the rest when the head turns.
        const float Tip = 0.20f, Wing = 0.08f;
        Spot(side * 0.12f, 0.02f, 0.10f, 0.34f, _paint.Shadow, Soft(0.42f), _skin, 0.05f);
        Spot(-side * 0.13f, -0.05f, 0.08f, 0.26f, _paint.Shadow, Soft(0.16f), _skin, 0.05f);
        Spot(0, 0, 0.055f, 0.30f, _paint.Light, Soft(0.42f), _skin, 0.10f);
        Spot(0, tip + 0.11f, w * 1.5f, 0.11f, _paint.Shadow, Soft(0.55f), _skin);
        Spot(0, tip, w * 0.85f, 0.12f, _paint.Skin, Soft(0.9f), _skin, Tip);
        Spot(-side * 0.02f, tip - 0.03f, 0.07f, 0.065f, _paint.Light, Soft(0.65f), _skin, Tip);

        foreach (float s in Sides)
        {
            Line([V(s * w * 0.85f, tip - 0.09f), V(s * w * 1.06f, tip), V(s * w * 0.82f, tip + 0.075f)], 0.006f, 0.019f, _paint.Crease,
                0.62f, 0.025f, Wing);
            Line([V(s * w * 0.72f, tip + 0.075f), V(s * w * 0.45f, tip + 0.060f), V(s * w * 0.22f, tip + 0.085f)], 0.010f, 0.026f,
                _paint.Ink, 0.80f, 0.015f, Wing);
            // Wrinkles run from the bridge towards the corners of the eyes.
            for (int i = 0; i < 3; i++)
            {
                float y = -0.23f + 0.085f * i;
                Line([V(s * 0.015f, y + 0.015f), V(s * 0.085f, y - 0.005f), V(s * 0.155f, y - 0.055f)], 0.006f, 0.017f, _paint.Crease,
                    0.72f * wrinkle, 0.02f, 0.04f);
            }
        }

        Line([V(-w * 0.22f, tip + 0.085f), V(0, tip + 0.105f), V(w * 0.22f, tip + 0.085f)], 0.006f, 0.012f, _paint.Crease, 0.55f, 0.02f,
            Wing);
        // A pencil draws one side of the bridge, the one in shadow.
        Line([V(side * 0.10f, -0.22f), V(side * 0.09f, 0), V(side * w * 0.8f, tip - 0.05f)], 0.006f, 0.010f, _paint.Ink,
            0.5f * _style.Line, 0.01f, 0.06f);
        // The groove between nose and lip.
        Spot(0, tip + 0.19f, 0.035f, 0.07f, _paint.Shadow, Soft(0.30f), _skin);
    }
}
