namespace HkaFer.Data;

/// <summary>
/// Drawn faces of the seven basic expressions, or of the eleven compound ones, in turn, so that every run of seven (eleven) holds each once. A face depends on the seed and its
/// index alone: a longer data set begins with the shorter one.
/// </summary>
public sealed class FaceDataset : ImageDataset
{
    /// <summary>Contempt is not among the basic expressions that most data sets label.</summary>
    private const int Basic = 7;

    private readonly ulong _seed;
    private readonly int _size;
    private readonly bool _compound;

    /// <summary>A data set; nothing is drawn before it is loaded.</summary>
    /// <param name="domain">Which world of faces.</param>
    /// <param name="seed">Decides every face.</param>
    /// <param name="count">How many.</param>
    /// <param name="size">Width and height in pixels, 16 to <see cref="FaceGenerator.MaxSize"/>.</param>
    /// <param name="split">What the data set calls itself.</param>
    /// <param name="compound">Whether expressions are the compound ones of RAF-DB.</param>
    public FaceDataset(FaceDomain domain, ulong seed, int count, int size = 48, string split = "train", bool compound = false)
        : base("faces", split, compound ? CompoundExpression.Names : [.. Expressions.Names.Take(Basic)])
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        (Domain, _seed, Count, _size, _compound) = (domain, seed, count, size, compound);
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
            return new Sample($"faces/{Domain.ToString().ToLowerInvariant()}/{(_compound ? "compound/" : "")}{_seed}/{index}", index % Classes.Count);
        }
    }

    /// <summary>Everything that the face of an index depends on.</summary>
    public FaceSpec Spec(int index)
    {
        CheckIndex(index);
        ulong seed = PictureRng.Derive(_seed, (ulong)index);
        return _compound
            ? FaceSpec.FromSeed(Domain, CompoundExpression.All[index % Classes.Count], seed, _size)
            : FaceSpec.FromSeed(Domain, (Expression)(index % Basic), seed, _size);
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
