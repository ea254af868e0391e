using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>
/// How pictures become numbers. Size and framing are the paper's where not given; the rest is the checkpoint's own (<c>preprocessor_config.json</c>).
/// </summary>
public sealed record PreprocessingSettings
{
    /// <summary>Edge of the square in pixels.</summary>
    public int Size { get; init; } = 224;

    /// <summary>How the picture is resized; null: as the checkpoint says.</summary>
    public Resampling? Resampling { get; init; }

    /// <summary>How the picture becomes a square; the paper's whole picture, or the checkpoint's crop.</summary>
    public Framing Framing { get; init; } = Framing.Squash;

    /// <summary>The shorter edge, or both, before the middle is cut out; not for <see cref="Framing.Squash"/>; null: the checkpoint's.</summary>
    public int? Edge { get; init; }

    /// <summary>Mean of red, green and blue, which are from 0 to 1; null: the checkpoint's.</summary>
    public float[]? Mean { get; init; }

    /// <summary>Deviation of red, green and blue; null: the checkpoint's.</summary>
    public float[]? Std { get; init; }

    /// <summary>Settings that leave nothing open.</summary>
    public static implicit operator PreprocessingSettings(Preprocessing preprocessing) => FromPreprocessing(preprocessing);

    /// <summary>Settings that leave nothing open.</summary>
    public static PreprocessingSettings FromPreprocessing(Preprocessing preprocessing)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        return new PreprocessingSettings
        {
            Size = preprocessing.Size,
            Resampling = preprocessing.Resampling,
            Framing = preprocessing.Framing,
            Edge = preprocessing.Edge,
            Mean = preprocessing.Mean,
            Std = preprocessing.Std,
        };
    }

    /// <summary>The preprocessing that is used.</summary>
    /// <param name="published">The checkpoint's own.</param>
    public Preprocessing Resolve(Preprocessing published)
    {
        ArgumentNullException.ThrowIfNull(published);
        return new Preprocessing
        {
            Size = Size,
            Resampling = Resampling ?? published.Resampling,
            Framing = Framing,
            Edge = Edge ?? published.Edge,
            Mean = Mean ?? published.Mean,
            Std = Std ?? published.Std,
        };
    }

    /// <summary>Whether all settings are the same.</summary>
    public bool Equals(PreprocessingSettings? other) =>
        other is not null && (Size, Resampling, Framing, Edge) == (other.Size, other.Resampling, other.Framing, other.Edge)
        && Same(Mean, other.Mean) && Same(Std, other.Std);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Size, Resampling, Framing, Edge);

    private static bool Same(float[]? a, float[]? b) => (a is null) == (b is null) && a.AsSpan().SequenceEqual(b);
}
