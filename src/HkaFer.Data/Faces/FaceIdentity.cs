using System.Numerics;

namespace HkaFer.Data;

/// <summary>Whose face it is: what stays the same while the expression changes. Factors are 1 for an average face.</summary>
public sealed record FaceIdentity
{
    /// <summary>Width of the skull at the cheekbones.</summary>
    public float SkullWidth { get; init; } = 1;

    /// <summary>Width of the jaw.</summary>
    public float JawWidth { get; init; } = 1;

    /// <summary>Length from nose to chin.</summary>
    public float ChinLength { get; init; } = 1;

    /// <summary>Distance of the eyes from the middle.</summary>
    public float EyeSpacing { get; init; } = 1;

    /// <summary>Size of the eyes.</summary>
    public float EyeSize { get; init; } = 1;

    /// <summary>How far the outer corners of the eyes stand above the inner ones, in half widths of the face.</summary>
    public float EyeTilt { get; init; }

    /// <summary>Thickness of the brows.</summary>
    public float BrowThickness { get; init; } = 1;

    /// <summary>Height of the resting brows above the usual, in half widths of the face.</summary>
    public float BrowHeight { get; init; }

    /// <summary>Slant of the resting brows; positive raises the inner ends.</summary>
    public float BrowSlant { get; init; }

    /// <summary>Width of the nose.</summary>
    public float NoseWidth { get; init; } = 1;

    /// <summary>Length of the nose.</summary>
    public float NoseLength { get; init; } = 1;

    /// <summary>Width of the mouth.</summary>
    public float MouthWidth { get; init; } = 1;

    /// <summary>Fullness of the lips.</summary>
    public float LipFullness { get; init; } = 1;

    /// <summary>Height of the resting lip corners, in half widths of the face; positive is up.</summary>
    public float MouthCurve { get; init; }

    /// <summary>Depth of the wrinkles, 0 (a child) to 1 (old).</summary>
    public float Age { get; init; }

    /// <summary>Beard, 0 (none) to 1 (full).</summary>
    public float Beard { get; init; }

    /// <summary>Cut of the hair.</summary>
    public FaceHair Hair { get; init; } = FaceHair.Short;

    /// <summary>Height of the hairline, in half widths of the face; positive is lower.</summary>
    public float Hairline { get; init; }

    /// <summary>Colour of the skin, each channel 0 to 1.</summary>
    public Vector3 Skin { get; init; } = new(0.86f, 0.68f, 0.56f);

    /// <summary>Colour of hair and brows.</summary>
    public Vector3 HairColour { get; init; } = new(0.22f, 0.15f, 0.10f);

    /// <summary>Colour of the iris.</summary>
    public Vector3 Iris { get; init; } = new(0.30f, 0.22f, 0.14f);

    /// <summary>Redness of the lips, 0 (like skin) to 1 (painted).</summary>
    public float LipColour { get; init; } = 0.4f;

    private static readonly Vector3[] Skins =
    [
        new(0.95f, 0.82f, 0.73f), new(0.90f, 0.73f, 0.61f), new(0.84f, 0.65f, 0.50f),
        new(0.72f, 0.52f, 0.38f), new(0.55f, 0.38f, 0.27f), new(0.40f, 0.27f, 0.20f),
    ];

    private static readonly Vector3[] Hairs =
    [
        new(0.08f, 0.07f, 0.07f), new(0.17f, 0.11f, 0.08f), new(0.32f, 0.20f, 0.12f),
        new(0.55f, 0.38f, 0.20f), new(0.78f, 0.64f, 0.40f), new(0.62f, 0.61f, 0.60f),
    ];

    private static readonly Vector3[] Irises = [new(0.20f, 0.13f, 0.08f), new(0.34f, 0.24f, 0.12f), new(0.30f, 0.42f, 0.52f),
        new(0.32f, 0.42f, 0.26f)];

    // Those that go with a beard first.
    private static readonly FaceHair[] Cuts = [FaceHair.Bald, FaceHair.Short, FaceHair.Parted, FaceHair.Curly, FaceHair.Bob,
        FaceHair.Long, FaceHair.Parted];

    /// <summary>A person. Every seed is another one.</summary>
    public static FaceIdentity FromSeed(ulong seed)
    {
        var rng = new FaceRng(seed);
        int tone = rng.Below(Skins.Length - 1);
        bool dark = tone >= 3;
        bool bearded = rng.Chance(0.18f);
        return new FaceIdentity
        {
            SkullWidth = 1 + 0.10f * rng.Bell(),
            JawWidth = 1 + 0.16f * rng.Bell(),
            ChinLength = 1 + 0.10f * rng.Bell(),
            EyeSpacing = 1 + 0.10f * rng.Bell(),
            EyeSize = 1 + 0.20f * rng.Bell(),
            EyeTilt = 0.05f * rng.Bell(),
            BrowThickness = rng.Range(0.55f, 1.4f),
            BrowHeight = 0.07f * rng.Bell(),
            BrowSlant = 0.05f * rng.Bell(),
            NoseWidth = 1 + 0.22f * rng.Bell(),
            NoseLength = 1 + 0.14f * rng.Bell(),
            MouthWidth = 1 + 0.16f * rng.Bell(),
            LipFullness = rng.Range(0.6f, 1.5f),
            MouthCurve = 0.04f * rng.Bell(),
            Age = rng.Unit() * rng.Unit(),
            Beard = bearded ? rng.Range(0.3f, 1) : 0,
            Hair = Cuts[rng.Below(bearded ? 4 : Cuts.Length)],
            Hairline = 0.16f * rng.Bell(),
            Skin = rng.Mix(Skins[tone], Skins[tone + 1]),
            HairColour = Hairs[rng.Below(dark ? 3 : Hairs.Length)],
            Iris = Irises[rng.Below(dark ? 2 : Irises.Length)],
            LipColour = rng.Range(0.15f, bearded ? 0.4f : 0.9f),
        };
    }

    /// <summary>The same person as a cartoonist draws one: large eyes set wide apart, a small low mouth, a narrow jaw.</summary>
    public FaceIdentity Caricature() => this with
    {
        EyeSize = EyeSize * 1.28f,
        EyeSpacing = EyeSpacing * 1.10f,
        MouthWidth = MouthWidth * 0.86f,
        NoseWidth = NoseWidth * 0.75f,
        NoseLength = NoseLength * 0.86f,
        JawWidth = JawWidth * 0.88f,
        ChinLength = ChinLength * 1.05f,
        BrowThickness = BrowThickness * 0.8f,
        SkullWidth = SkullWidth * 1.05f,
    };
}
