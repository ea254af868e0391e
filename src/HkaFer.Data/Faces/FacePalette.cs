using System.Numerics;

namespace HkaFer.Data;

/// <summary>The paints of one face. A pencil drawing has paper for skin and greys for the rest.</summary>
internal sealed class FacePalette
{
    public FacePalette(FaceSpec spec)
    {
        var id = spec.Identity;
        float pencil = spec.Style.Line;
        Skin = Paper(id.Skin, 0.86f + 0.10f * Grey(id.Skin), pencil);
        Hair = Paper(id.HairColour, 0.35f + 0.55f * Grey(id.HairColour), pencil);
        Shadow = Skin * new Vector3(0.52f, 0.42f, 0.38f);
        Light = Skin + (Vector3.One - Skin) * 0.55f;
        Crease = Skin * new Vector3(0.34f, 0.26f, 0.23f);
        Flush = Skin * new Vector3(1.02f, 0.74f, 0.70f);
        var lips = Skin * new Vector3(0.92f, 0.62f, 0.60f);
        Lips = Paper(lips + (new Vector3(0.66f, 0.14f, 0.18f) - lips) * (id.LipColour * 0.7f), 0.74f, pencil);
        Iris = Paper(id.Iris, 0.38f, pencil);
        Ink = Paper(id.Skin * 0.16f, 0.10f, pencil);
        // Bleached lashes still read dark against the eye, so lines of the lids never follow fair hair all the way.
        Brow = Paper(id.HairColour * 0.75f, 0.15f + 0.3f * Grey(id.HairColour), pencil);
        White = new Vector3(0.93f, 0.92f, 0.90f);
        Mouth = Paper(new Vector3(0.20f, 0.06f, 0.06f), 0.13f, pencil);
        Tongue = Paper(new Vector3(0.66f, 0.30f, 0.30f), 0.45f, pencil);
        Teeth = new Vector3(0.94f, 0.92f, 0.86f);
    }

    public Vector3 Skin { get; }

    public Vector3 Hair { get; }

    public Vector3 Shadow { get; }

    public Vector3 Light { get; }

    public Vector3 Crease { get; }

    public Vector3 Flush { get; }

    public Vector3 Lips { get; }

    public Vector3 Iris { get; }

    public Vector3 Ink { get; }

    public Vector3 Brow { get; }

    public Vector3 White { get; }

    public Vector3 Mouth { get; }

    public Vector3 Tongue { get; }

    public Vector3 Teeth { get; }

    private static float Grey(Vector3 c) => 0.3f * c.X + 0.59f * c.Y + 0.11f * c.Z;

    private static Vector3 Paper(Vector3 photo, float drawn, float pencil) => photo + (new Vector3(drawn) - photo) * pencil;
}
