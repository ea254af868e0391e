namespace HkaFer.Data;

/// <summary>
/// What the muscles of a face do: an intensity from 0 (at rest) to 1 (all the way) for each <see cref="ActionUnit"/>.
/// Immutable, so that actions can be mixed and shared; a compound expression is a mixture of the basic ones.
/// </summary>
public sealed class FaceAction
{
    /// <summary>How many action units there are.</summary>
    public static int Count { get; } = Enum.GetValues<ActionUnit>().Length;

    /// <summary>A face at rest.</summary>
    public static FaceAction Rest { get; } = new(new float[Count]);

    private readonly float[] _intensity;

    private FaceAction(float[] intensity) => _intensity = intensity;

    /// <summary>The intensity of one unit, 0 to 1.</summary>
    public float this[ActionUnit unit] => _intensity[(int)unit];

    /// <summary>The prototype of an expression (the combinations of the Facial Action Coding System).</summary>
    /// <param name="expression">Which expression.</param>
    /// <param name="strength">0 is a face at rest, 1 is the full expression.</param>
    public static FaceAction Of(Expression expression, float strength = 1) => (expression switch
    {
        Expression.Neutral => Rest,
        Expression.Happiness => From(
            (ActionUnit.CheekRaise, 0.85f), (ActionUnit.LipCornerPull, 1), (ActionUnit.LipsPart, 0.75f), (ActionUnit.JawDrop, 0.12f)),
        Expression.Surprise => From(
            (ActionUnit.BrowInnerRaise, 0.95f), (ActionUnit.BrowOuterRaise, 1), (ActionUnit.LidRaise, 0.85f),
            (ActionUnit.LipsPart, 1), (ActionUnit.JawDrop, 0.85f)),
        Expression.Sadness => From(
            (ActionUnit.BrowInnerRaise, 1), (ActionUnit.BrowLower, 0.35f), (ActionUnit.LidDroop, 0.3f),
            (ActionUnit.LipCornerDepress, 1), (ActionUnit.ChinRaise, 0.6f)),
        Expression.Anger => From(
            (ActionUnit.BrowLower, 1), (ActionUnit.LidRaise, 0.25f), (ActionUnit.LidTighten, 0.6f),
            (ActionUnit.LipPress, 0.9f), (ActionUnit.ChinRaise, 0.25f), (ActionUnit.LipCornerDepress, 0.2f)),
        Expression.Disgust => From(
            (ActionUnit.BrowLower, 0.5f), (ActionUnit.CheekRaise, 0.45f), (ActionUnit.LidTighten, 0.75f), (ActionUnit.NoseWrinkle, 1),
            (ActionUnit.UpperLipRaise, 1), (ActionUnit.LipCornerDepress, 0.45f), (ActionUnit.LipsPart, 0.4f)),
        Expression.Fear => From(
            (ActionUnit.BrowInnerRaise, 1), (ActionUnit.BrowOuterRaise, 0.35f), (ActionUnit.BrowLower, 0.6f), (ActionUnit.LidRaise, 0.9f),
            (ActionUnit.LipStretch, 1), (ActionUnit.LipsPart, 0.85f), (ActionUnit.JawDrop, 0.25f), (ActionUnit.LipCornerDepress, 0.35f)),
        Expression.Contempt => From(
            (ActionUnit.LipCornerTighten, 1), (ActionUnit.LidTighten, 0.25f), (ActionUnit.LipPress, 0.3f)),
        _ => throw new ArgumentOutOfRangeException(nameof(expression), expression, "face action: not an expression"),
    }).Scale(strength);

    /// <summary>
    /// A compound expression: both prototypes at once. Where their muscles work against each other the one that can be seen wins: lips that part are not pressed,
    /// lids that are raised do not droop.
    /// </summary>
    /// <param name="compound">Which two.</param>
    /// <param name="first">Strength of the first, 0 to 1.</param>
    /// <param name="second">Strength of the second.</param>
    public static FaceAction Of(CompoundExpression compound, float first = 1, float second = 1)
    {
        ArgumentNullException.ThrowIfNull(compound);
        FaceAction both = Of(compound.First, first).With(Of(compound.Second, second));
        if (both[ActionUnit.LipsPart] > 0) both = both.With(ActionUnit.LipPress, 0);
        return both[ActionUnit.LidRaise] > 0 ? both.With(ActionUnit.LidDroop, 0) : both;
    }

    /// <summary>An action from the units that move; the rest stay at 0.</summary>
    public static FaceAction From(params ReadOnlySpan<(ActionUnit Unit, float Intensity)> units)
    {
        var intensity = new float[Count];
        foreach (var (unit, value) in units) intensity[(int)unit] = Math.Clamp(value, 0, 1);
        return new FaceAction(intensity);
    }

    /// <summary>The same action with one unit changed.</summary>
    public FaceAction With(ActionUnit unit, float intensity) => Map((u, v) => u == unit ? intensity : v);

    /// <summary>All intensities times <paramref name="factor"/>.</summary>
    public FaceAction Scale(float factor) => Map((_, v) => v * factor);

    /// <summary>
    /// Both actions at once, unit by unit the stronger one: how compound expressions arise, since the parts of two expressions
    /// mostly lie in different muscles and do not weaken one another.
    /// </summary>
    public FaceAction With(FaceAction other) => Map((u, v) => Math.Max(v, other[u]));

    /// <summary>Part of the way from this action to another; 0 is this one, 1 the other.</summary>
    public FaceAction Towards(FaceAction other, float share) => Map((u, v) => v + (other[u] - v) * share);

    /// <summary>
    /// Another person's way to do the same: each unit that moves varies by up to <paramref name="amount"/> of itself, and every unit
    /// twitches a little.
    /// </summary>
    public FaceAction Jitter(ulong seed, float amount)
    {
        var rng = new FaceRng(seed);
        return Map((_, v) => v * (1 + amount * rng.Signed()) + 0.12f * amount * rng.Unit());
    }

    private FaceAction Map(Func<ActionUnit, float, float> change)
    {
        var intensity = new float[Count];
        for (int i = 0; i < Count; i++) intensity[i] = Math.Clamp(change((ActionUnit)i, _intensity[i]), 0, 1);
        return new FaceAction(intensity);
    }
}
