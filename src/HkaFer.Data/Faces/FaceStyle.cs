namespace HkaFer.Data;

/// <summary>How a face is drawn, from a shaded render to a pencil drawing.</summary>
/// <param name="Shading">Strength of light, shadow and soft tones; 1 is a photograph, 0 is flat.</param>
/// <param name="Line">Strength of drawn outlines; 0 is none, 1 is a pencil.</param>
/// <param name="Colour">1 is colour, 0 is grey.</param>
/// <param name="Inverted">Dark and light exchanged.</param>
/// <param name="Contrast">Contrast around middle grey; 1 leaves it.</param>
/// <param name="Blur">Radius of the final blur, in hundredths of the picture's width.</param>
/// <param name="Noise">Amplitude of the final noise, 1 is the range of a pixel.</param>
public sealed record FaceStyle(float Shading, float Line, float Colour, bool Inverted, float Contrast, float Blur, float Noise)
{
    /// <summary>A clean shaded render in colour.</summary>
    public static FaceStyle Photo { get; } = new(1, 0, 1, false, 1, 0, 0);

    /// <summary>A clean pencil drawing.</summary>
    public static FaceStyle Pencil { get; } = new(0.25f, 1, 0, false, 1, 0, 0);

    /// <summary>A style of a domain.</summary>
    public static FaceStyle FromSeed(FaceDomain domain, ulong seed)
    {
        var rng = new FaceRng(seed);
        return domain switch
        {
            FaceDomain.Source => Photo with
            {
                Colour = rng.Chance(0.5f) ? 0 : rng.Range(0.5f, 1),
                Contrast = rng.Range(0.8f, 1.15f),
                Blur = rng.Range(0, 1.3f),
                Noise = rng.Range(0, 0.035f),
            },
            FaceDomain.Shifted => Pencil with
            {
                Shading = rng.Range(0, 0.4f),
                Line = rng.Range(0.7f, 1),
                Inverted = rng.Chance(0.5f),
                Contrast = rng.Range(0.55f, 0.95f),
                Blur = rng.Range(0.3f, 1.5f),
                Noise = rng.Range(0.02f, 0.08f),
            },
            _ => throw new ArgumentOutOfRangeException(nameof(domain), domain, "face style: not a domain"),
        };
    }
}
