namespace HkaFer.Tensors.Kernels;

/// <summary>
/// One adapter in its cheaper order: F = A X B^T, A applied first. C first is A = C, B = D; D first is the same with X and F transposed,
/// A = D, B = C. So one path serves both, and only the steps through X and F differ.
/// </summary>
internal sealed class KroneckerPath
{
    internal KroneckerPath(Shape c, Shape d, Router router, Pooling pooling, int group)
    {
        long q = c[0], l = c[1], qd = d[0], ld = d[1];
        DFirst = (l * ld * qd) + (q * l * qd) < (q * l * ld) + (q * ld * qd);
        (P, I) = DFirst ? (d[0], d[1]) : (c[0], c[1]);
        (S, J) = DFirst ? (c[0], c[1]) : (d[0], d[1]);
        if (router is Router.RelationBranch or Router.DualBranch)
        {
            (KroneckerClasses ofQ, KroneckerClasses ofQd) = Classes(c[0], d[0], pooling, group);
            (RowClasses, ColumnClasses) = DFirst ? (ofQd, ofQ) : (ofQ, ofQd);
        }
    }

    /// <summary>Whether A is D.</summary>
    internal bool DFirst { get; }

    /// <summary>Rows of A [P, I] and of F [P, S].</summary>
    internal int P { get; }

    /// <summary>Columns of A, rows of X [I, J].</summary>
    internal int I { get; }

    /// <summary>Rows of B [S, J].</summary>
    internal int S { get; }

    /// <summary>Columns of B and of U = A X [P, J].</summary>
    internal int J { get; }

    /// <summary>
    /// Which rows and columns of F the pooling treats alike. Their sums [P', S'] are a fraction of F's work, and pooling needs no more.
    /// </summary>
    internal KroneckerClasses RowClasses { get; }

    /// <inheritdoc cref="RowClasses"/>
    internal KroneckerClasses ColumnClasses { get; }

    /// <summary>Entries of F summed by class, in the order of the output.</summary>
    internal int Reduced => RowClasses.Count * ColumnClasses.Count;

    /// <summary>Steps through X, F and the reduced F as this path sees them.</summary>
    internal (int Row, int Column) XSteps => DFirst ? (1, I) : (J, 1);

    internal (int Row, int Column) FSteps => DFirst ? (1, P) : (S, 1);

    internal (int Row, int Column) ReducedSteps => DFirst ? (1, RowClasses.Count) : (ColumnClasses.Count, 1);

    /// <summary>The adapters that share this one's layout of F.</summary>
    internal KroneckerBundle Bundle { get; set; } = null!;

    /// <summary>First column within the bundle's U and B.</summary>
    internal int Column { get; set; }

    /// <summary>U summed by row classes, and F by both: vectors from the start of a group's memory.</summary>
    internal int PooledU { get; set; }

    internal int ReducedF { get; set; }

    /// <summary>A and A^T packed; B summed by column classes, plain, packed, transposed: floats from the start of the weights.</summary>
    internal int A { get; set; }

    internal int ATransposed { get; set; }

    internal int ReducedB { get; set; }

    internal int ReducedBPacked { get; set; }

    internal int ReducedBTransposed { get; set; }

    /// <summary>Gradients of A and of the reduced B: floats from the start of a chunk's sums.</summary>
    internal int GradA { get; set; }

    internal int GradReducedB { get; set; }

    private static (KroneckerClasses Q, KroneckerClasses Qd) Classes(int q, int qd, Pooling pooling, int group)
    {
        if (pooling == Pooling.Strided)
        {
            // Groups repeat every q q' / group entries: whole rows when the group divides q. Else nothing can be summed beforehand.
            return (new(q, q % group == 0 ? q / group : q, Modular: true), new(qd, qd, Modular: false));
        }
        if (group % qd == 0)
        {
            // A group is whole rows; their number divides q because the group divides q q'.
            return (new(q, q / (group / qd), Modular: false), new(qd, 1, Modular: false));
        }
        var run = GreatestCommonDivisor(group, qd);
        return (new(q, q, Modular: false), new(qd, qd / run, Modular: false));
    }

    private static int GreatestCommonDivisor(int a, int b) => b == 0 ? a : GreatestCommonDivisor(b, a % b);
}

/// <summary>
/// Adapters that write the same layout of F: side by side along J they are one product, which reads and writes the output once for all.
/// </summary>
internal sealed class KroneckerBundle(KroneckerPath first)
{
    internal bool DFirst { get; } = first.DFirst;

    internal int P { get; } = first.P;

    internal int S { get; } = first.S;

    /// <summary>Columns of all U and B of the bundle together.</summary>
    internal int J { get; private set; }

    /// <summary>Steps through F.</summary>
    internal (int Row, int Column) FSteps { get; } = first.FSteps;

    /// <summary>U and V [P, J]: vectors from the start of a group's memory.</summary>
    internal int U { get; set; }

    internal int V { get; set; }

    /// <summary>All B side by side [S, J], packed, and transposed and packed: floats from the start of the weights.</summary>
    internal int Plain { get; set; }

    internal int B { get; set; }

    internal int BTransposed { get; set; }

    /// <summary>Gradient of B [S, J]: floats from the start of a chunk's sums.</summary>
    internal int GradB { get; set; }

    internal bool Fits(KroneckerPath path) => path.DFirst == DFirst && path.P == P;

    internal void Add(KroneckerPath path)
    {
        path.Bundle = this;
        path.Column = J;
        J += path.J;
    }
}
