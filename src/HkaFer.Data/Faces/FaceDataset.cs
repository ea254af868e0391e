namespace HkaFer.Data;

/// <summary>
/// Drawn faces of the seven basic expressions, in turn, so that every run of seven holds each once. A face depends on the seed and its
/// index alone: a longer data set begins with the shorter one.
/// </summary>
public sealed class FaceDataset : ImageDataset
{
    /// <summary>Contempt is not among the basic expressions that most data sets label.</summary>
    private const int Basic = 7;

    private readonly ulong _seed;
    private readonly int _size;

    /// <summary>A data set; nothing is drawn before it is loaded.</summary>
    /// <param name="domain">Which world of faces.</param>
    /// <param name="seed">Decides every face.</param>
    /// <param name="count">How many.</param>
    /// <param name="size">Width and height in pixels, 16 to <see cref="FaceGenerator.MaxSize"/>.</param>
    /// <param name="split">What the data set calls itself.</param>
    public FaceDataset(FaceDomain domain, ulong seed, int count, int size = 48, string split = "train")
        : base("faces", split, [.. Expressions.Names.Take(Basic)])
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        (Domain, _seed, Count, _size) = (domain, seed, count, size);
    }

    /// <summary>Which world of faces.</summary>
    public FaceDomain Domain { get; }

    /// <inheritdoc/>
    public override int Count { get; }

    /// <inheritdoc/>
    public override Sample this[int index]
    {
        get
        {
            CheckIndex(index);
            return new Sample($"faces/{Domain.ToString().ToLowerInvariant()}/{_seed}/{index}", index % Basic);
        }
    }

    /// <summary>Everything that the face of an index depends on.</summary>
    public FaceSpec Spec(int index)
    {
        CheckIndex(index);
        return FaceSpec.FromSeed(Domain, (Expression)(index % Basic), PictureRng.Derive(_seed, (ulong)index), _size);
    }

    /// <inheritdoc/>
    public override byte[] Source(int index) => System.Text.Encoding.UTF8.GetBytes($"{this[index].Path}?size={_size}");

    /// <inheritdoc/>
    public override Image Load(int index) => FaceGenerator.Draw(Spec(index));

    private void CheckIndex(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
    }
}
