namespace HkaFer.Training;

/// <summary>Settings of t-SNE; the defaults are scikit-learn's.</summary>
public sealed record TsneSettings
{
    /// <summary>Points above which the repulsion is approximated where <see cref="Exact"/> does not say: beyond it the tree is the faster way.</summary>
    public const int ExactUpTo = 600;

    /// <summary>How many neighbours a point has, softly; a third of the other points where they are few.</summary>
    public double Perplexity { get; init; } = 30;

    /// <summary>Steps of gradient descent.</summary>
    public int Iterations { get; init; } = 1000;

    /// <summary>The first steps, in which attraction is multiplied by <see cref="Exaggeration"/> and clusters form.</summary>
    public int ExaggeratedIterations { get; init; } = 250;

    /// <summary>What attraction is multiplied by in the first steps.</summary>
    public double Exaggeration { get; init; } = 12;

    /// <summary>Step size; where null, points / exaggeration / 4 and at least 50 (Belkina et al. 2019).</summary>
    public double? LearningRate { get; init; }

    /// <summary>Whether all pairs repel each other exactly (van der Maaten and Hinton 2008) or cells of a tree do (Barnes-Hut, van der Maaten 2014).</summary>
    public bool? Exact { get; init; }

    /// <summary>Barnes-Hut's theta: a cell is taken as one point where its width is less than theta times its distance. At most 0.7.</summary>
    public double Theta { get; init; } = 0.5;

    /// <summary>Where the points begin.</summary>
    public TsneStart Start { get; init; }

    /// <summary>Of random starts.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>
    /// How many times it is begun, after the first time at random; the arrangement of the least divergence is kept, as single ones differ by several per cent. Three
    /// times for up to 1,000 points where null, and once for more.
    /// </summary>
    public int? Starts { get; init; }
}
