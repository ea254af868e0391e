using FsCheck;
using FsCheck.Fluent;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Adapters.Tests;

/// <summary>The algebra that the paper rests on, over drawn sizes and matrices, against products that are formed in full.</summary>
public class KroneckerAlgebraTests
{
    private const int Seed = 20_240_607;

    /// <summary>Sizes of up to three terms for one layer: all divide its widths.</summary>
    private static readonly Gen<Case> s_cases =
        from widths in Gen.Elements((4, 6), (6, 4), (8, 8), (12, 9), (5, 7))
        from count in Gen.Choose(1, 3)
        from sizes in Gen.Zip(Divisor(widths.Item2), Divisor(widths.Item1)).ArrayOf(count)
        from seed in Gen.Choose(1, int.MaxValue)
        select new Case(widths.Item1, widths.Item2, sizes, (ulong)seed);

    [Fact]
    public void Factored_product_equals_the_dense_one() => Check(c =>
    {
        KroneckerLayer layer = c.Layer();
        Tensor x = c.Random("x", [3, c.In]);
        Tensor dense = Ops.Linear(x, Tensor.From(Array.ConvertAll(Dense(c, layer), w => (float)w), [c.Out, c.In]));
        Near.Relative(dense.ToFloats(), layer.Add(x, Tensor.Zeros([3, c.Out])).ToFloats(), 1e-5, c.ToString());
    });

    [Fact]
    public void Sum_of_terms_merges_into_one_weight() => Check(c =>
    {
        KroneckerLayer layer = c.Layer();
        Tensor weight = c.Random("w", [c.Out, c.In]);
        double[] expected = [.. Dense(c, layer).Zip(weight.ToDoubles(), (a, w) => a + w)];
        Near.Relative(expected, layer.MergedWeight(weight).ToFloats(), 1e-6, c.ToString());
    });

    [Fact]
    public void Layer_is_linear_without_a_router() => Check(c =>
    {
        KroneckerLayer layer = c.Layer();
        Tensor a = c.Random("a", [2, c.In]), b = c.Random("b", [2, c.In]);
        Tensor Of(Tensor x) => layer.Add(x, Tensor.Zeros([2, c.Out]));
        Near.Relative(Ops.Add(Of(a), Of(b)).ToFloats(), Of(Ops.Add(a, b)).ToFloats(), 1e-5, c.ToString(), floor: 1e-3);
    });

    [Fact]
    public void New_adapter_is_the_identity() => Check(c =>
    {
        var layer = (KroneckerLayer)c.Config.Create("layer", c.In, c.Out, 16);
        layer.Initialize(c.Seed);
        Tensor weight = c.Random("w", [c.Out, c.In]);
        Assert.Equal(weight.ToFloats(), layer.MergedWeight(weight).ToFloats());
    });

    [Fact]
    public void Rank_of_a_product_is_the_product_of_ranks() => Check(c =>
    {
        (int q, int l) = c.Sizes[0];
        var rng = new Rng(c.Seed);
        int p = c.Out / q, m = c.In / l;
        int rankC = 1 + rng.Below(Math.Min(q, l)), rankD = 1 + rng.Below(Math.Min(p, m));
        double[,] left = OfRank(rng, q, l, rankC), right = OfRank(rng, p, m, rankD);
        var product = new double[c.Out, c.In];
        for (int i = 0; i < c.Out; i++)
        {
            for (int j = 0; j < c.In; j++)
            {
                product[i, j] = left[i / p, j / m] * right[i % p, j % m];
            }
        }

        Assert.Equal((rankC, rankD, rankC * rankD), (Rank(left), Rank(right), Rank(product)));
    });

    private static Gen<int> Divisor(int width) => Gen.Elements(Enumerable.Range(1, width).Where(n => width % n == 0).ToArray());

    private static void Check(Action<Case> property) => Prop.ForAll(s_cases.ToArbitrary(), property)
        .Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithReplay(Seed, 1));

    /// <summary>beta * sum_i C_i (x) D_i in full, in float64: entry [a q' + b, c l' + d] of a term is C[a, c] D[b, d].</summary>
    private static double[] Dense(Case c, KroneckerLayer layer)
    {
        var sum = new double[c.Out * c.In];
        foreach ((Parameter left, Parameter right) in layer.C.Zip(layer.D))
        {
            double[] cv = left.Value.ToDoubles(), dv = right.Value.ToDoubles();
            int l = left.Shape[1], p = right.Shape[0], m = right.Shape[1];
            for (int i = 0; i < c.Out; i++)
            {
                for (int j = 0; j < c.In; j++)
                {
                    sum[(i * c.In) + j] += c.Config.Beta * cv[(i / p * l) + (j / m)] * dv[(i % p * m) + (j % m)];
                }
            }
        }

        return sum;
    }

    /// <summary>A matrix of small integers of exactly this rank: unit triangles on both sides of it.</summary>
    private static double[,] OfRank(Rng rng, int rows, int columns, int rank)
    {
        var matrix = new double[rows, columns];
        double[,] lower = new double[rows, rank], upper = new double[rank, columns];
        for (int k = 0; k < rank; k++)
        {
            for (int i = k; i < rows; i++) { lower[i, k] = i == k ? 1 : rng.Below(5) - 2; }
            for (int j = k; j < columns; j++) { upper[k, j] = j == k ? 1 : rng.Below(5) - 2; }
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++) { matrix[i, j] += lower[i, k] * upper[k, j]; }
            }
        }

        return matrix;
    }

    /// <summary>Gaussian elimination with full pivoting; the matrices here are of small integers, so that what is left of a zero is rounding.</summary>
    private static int Rank(double[,] matrix)
    {
        var a = (double[,])matrix.Clone();
        int rows = a.GetLength(0), columns = a.GetLength(1), rank = 0;
        while (rank < Math.Min(rows, columns))
        {
            (double size, int row, int column) = (from i in Enumerable.Range(rank, rows - rank)
                                                  from j in Enumerable.Range(rank, columns - rank)
                                                  select (Math.Abs(a[i, j]), i, j)).Max();
            if (size < 1e-9) { break; }
            for (int j = 0; j < columns; j++) { (a[rank, j], a[row, j]) = (a[row, j], a[rank, j]); }
            for (int i = 0; i < rows; i++) { (a[i, rank], a[i, column]) = (a[i, column], a[i, rank]); }
            for (int i = rank + 1; i < rows; i++)
            {
                double factor = a[i, rank] / a[rank, rank];
                for (int j = rank; j < columns; j++) { a[i, j] -= factor * a[rank, j]; }
            }

            rank++;
        }

        return rank;
    }

    private sealed record Case(int In, int Out, (int Q, int L)[] Sizes, ulong Seed)
    {
        public HeKA Config => new() { Sizes = Sizes, Router = Router.Sum, Beta = 1.5 };

        public override string ToString() => $"{In} to {Out}, sizes {string.Join(" ", Sizes)}, seed {Seed}";

        public KroneckerLayer Layer()
        {
            var layer = (KroneckerLayer)Config.Create("layer", In, Out, 16);
            foreach ((string path, Parameter parameter) in layer.Parameters())
            {
                parameter.Value = Random(path, parameter.Shape);
            }

            return layer;
        }

        public Tensor Random(string name, Shape shape) => Init.Uniform(1).Draw(shape, Seed, name);
    }
}
