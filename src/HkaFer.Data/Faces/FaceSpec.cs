namespace HkaFer.Data;

/// <summary>Everything that a drawn face depends on, part by part: change one part and the others stay as they are.</summary>
public sealed record FaceSpec
{
    /// <summary>Whose face.</summary>
    public FaceIdentity Identity { get; init; } = new();

    /// <summary>What its muscles do.</summary>
    public FaceAction Action { get; init; } = FaceAction.Rest;

    /// <summary>How the head stands.</summary>
    public FacePose Pose { get; init; } = new();

    /// <summary>The light.</summary>
    public FaceLight Light { get; init; } = FaceLight.Studio;

    /// <summary>What covers it.</summary>
    public FaceOcclusion Occlusion { get; init; } = FaceOcclusion.None;

    /// <summary>How it is drawn.</summary>
    public FaceStyle Style { get; init; } = FaceStyle.Photo;

    /// <summary>Width and height in pixels.</summary>
    public int Size { get; init; } = 48;

    /// <summary>Seed of what no other part decides: strands of hair, the direction of the gaze, noise.</summary>
    public ulong Detail { get; init; }

    /// <summary>A face of a domain with an expression of varying strength. Everything else follows from the seed.</summary>
    /// <param name="domain">Which world of faces.</param>
    /// <param name="expression">What it shows.</param>
    /// <param name="seed">Decides everything else.</param>
    /// <param name="size">Width and height in pixels.</param>
    public static FaceSpec FromSeed(FaceDomain domain, Expression expression, ulong seed, int size = 48)
    {
        var rng = new FaceRng(FaceRng.Fork(seed, 0));
        // Weak expressions and a trace of another one are what makes the task hard, as on real faces.
        float strength = rng.Range(0.45f, 1);
        var trace = FaceAction.Of((Expression)rng.Below(7));
        var action = FaceAction.Of(expression, strength)
            .Towards(trace, 0.14f * rng.Unit())
            .Jitter(FaceRng.Fork(seed, 1), 0.35f);
        // People smile with closed lips, shout in anger, and are surprised without a word.
        if (expression == Expression.Happiness && rng.Chance(0.3f))
        {
            action = action.With(ActionUnit.LipsPart, 0).With(ActionUnit.JawDrop, 0);
        }

        if (expression == Expression.Anger && rng.Chance(0.3f))
        {
            action = action.With(ActionUnit.LipPress, 0).With(ActionUnit.LipsPart, strength)
                .With(ActionUnit.LipStretch, 0.5f * strength).With(ActionUnit.UpperLipRaise, 0.4f * strength);
        }

        return FromAction(domain, action, seed, size);
    }

    /// <summary>A face of a domain with a compound expression, both parts of varying strength.</summary>
    /// <param name="domain">Which world of faces.</param>
    /// <param name="compound">What it shows.</param>
    /// <param name="seed">Decides everything else.</param>
    /// <param name="size">Width and height in pixels.</param>
    public static FaceSpec FromSeed(FaceDomain domain, CompoundExpression compound, ulong seed, int size = 48)
    {
        var rng = new FaceRng(FaceRng.Fork(seed, 0));
        var action = FaceAction.Of(compound, rng.Range(0.55f, 1), rng.Range(0.55f, 1)).Jitter(FaceRng.Fork(seed, 1), 0.35f);
        return FromAction(domain, action, seed, size);
    }

    private static FaceSpec FromAction(FaceDomain domain, FaceAction action, ulong seed, int size)
    {
        var identity = FaceIdentity.FromSeed(FaceRng.Fork(seed, 2));
        bool shifted = domain == FaceDomain.Shifted;
        return new FaceSpec
        {
            Identity = shifted ? identity.Caricature() : identity,
            Action = action,
            Pose = FacePose.FromSeed(FaceRng.Fork(seed, 3), shifted ? 1.7f : 1),
            Light = FaceLight.FromSeed(FaceRng.Fork(seed, 4)),
            Occlusion = FaceOcclusion.FromSeed(FaceRng.Fork(seed, 5)),
            Style = FaceStyle.FromSeed(domain, FaceRng.Fork(seed, 6)),
            Size = size,
            Detail = FaceRng.Fork(seed, 7),
        };
    }
}
