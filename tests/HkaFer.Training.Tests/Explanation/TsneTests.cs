using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public class TsneTests
{
    public static TheoryData<string> Cases() => Fixtures.Of("tsne");

    [Theory]
    [Trait("Category", "Fixtures")]
    [MemberData(nameof(Cases))]
    public void Joint_probabilities_are_those_of_the_reference(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        FixtureTensor x = dump.Tensor("x"), expected = dump.Tensor("out.joint_probabilities_rows");
        int count = x.Shape[0];
        Affinities p = Affinities.Of(x.Floats(), count, x.Shape[1], dump.Config.GetProperty("perplexity").GetDouble(), count - 1);
        var rows = new double[expected.Shape[0] * count];
        for (int i = 0; i < expected.Shape[0]; i++)
        {
            for (int k = p.Starts[i]; k < p.Starts[i + 1]; k++)
            {
                rows[(i * count) + p.Neighbours[k]] = p.Values[k];
            }
        }

        Near.Relative(expected.Doubles(), rows, dump.Tolerance("joint", 1e-6), "P");
        Assert.Equal(1, p.Values.Sum(), 9);
    }

    [Theory]
    [Trait("Category", "Fixtures")]
    [MemberData(nameof(Cases))]
    public void Exact_arrangement_is_as_good_as_the_reference(string row) => AsGood(Fixtures.Open(row), true, "exact");

    [Theory]
    [Trait("Category", "Fixtures")]
    [MemberData(nameof(Cases))]
    public void Barnes_hut_arrangement_is_as_good_as_the_reference(string row) => AsGood(Fixtures.Open(row), false, "barnes_hut");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Forces_are_the_slope_of_the_divergence(bool exact)
    {
        (float[] rows, _) = Clusters(40, 6);
        Affinities p = Affinities.Of(rows, 40, 6, 5, exact ? 39 : 16);
        var rng = new Rng(2);
        double[] x = [.. Enumerable.Range(0, 40).Select(_ => rng.Normal())], y = [.. Enumerable.Range(0, 40).Select(_ => rng.Normal())];

        // A tree that never takes a square for a point sums over all pairs.
        var forces = new Forces(p, exact ? null : 0);
        forces.Compute(x, y, 1);
        double[] found = [.. forces.X, .. forces.Y];
        double[] slopes = [.. Enumerable.Range(0, 80).Select(i => Slope(i < 40 ? x : y, i % 40))];
        Near.Relative(slopes, found, 1e-6, "gradient");

        double Slope(double[] at, int i)
        {
            const double step = 1e-5;
            double Divergence(double by)
            {
                at[i] += by;
                var moved = new Forces(p, null);
                moved.Compute(x, y, 1);
                double value = p.Divergence(x, y, moved.Normaliser);
                at[i] -= by;
                return value;
            }

            return (Divergence(step) - Divergence(-step)) / (2 * step);
        }
    }

    [Fact]
    public void Tree_repels_nearly_as_all_pairs_do_and_points_that_coincide_do_not_trap_it()
    {
        var rng = new Rng(6);
        double[] x = [.. Enumerable.Range(0, 500).Select(_ => rng.Normal() * 10), 1, 1, 1, 1 + 1e-15], y = [.. Enumerable.Range(0, 500).Select(_ => rng.Normal() * 10), 2, 2, 2, 2];
        (float[] rows, _) = Clusters(504, 3);
        Affinities p = Affinities.Of(rows, 504, 3, 10, 31);
        Forces exact = new(p, null), tree = new(p, 0.5);
        exact.Compute(x, y, 1);
        tree.Compute(x, y, 1);
        Near.Relative([exact.Normaliser], [tree.Normaliser], 0.01, "normaliser");

        // Theta of a half: a square stands for its points from twice its width on, where they may lie a seventh of the distance from their centre.
        Near.Relative(exact.X, tree.X, 0.06, "forces");
        tree = new Forces(p, 0);
        tree.Compute(x, y, 1);
        Near.Relative(exact.Y, tree.Y, 1e-9, "forces of all pairs");
    }

    [Theory]
    [InlineData(true, TsneStart.PrincipalAxes)]
    [InlineData(false, TsneStart.PrincipalAxes)]
    [InlineData(false, TsneStart.Random)]
    public void Clusters_lie_apart_and_equal_input_gives_equal_bits(bool exact, TsneStart start)
    {
        (float[] rows, int[] labels) = Clusters(90, 20);
        var settings = new TsneSettings { Exact = exact, Start = start, Seed = 3, Iterations = 400, Perplexity = 10, Starts = 1 };
        TsneResult first = Tsne.Embed(rows, 20, settings), again = Tsne.Embed(rows, 20, settings);
        Assert.Equal(first.X, again.X);
        Assert.Equal(first.Y, again.Y);
        Assert.Equal(first.Divergence, again.Divergence);
        Assert.True(EmbeddingQuality.SameLabel(first, labels) > 0.95, $"{EmbeddingQuality.SameLabel(first, labels)}");
        Assert.True(EmbeddingQuality.Trustworthiness(rows, 20, first) > 0.9);
        TsneResult other = Tsne.Embed(rows, 20, settings with { Seed = 4 });
        Assert.Equal(start == TsneStart.PrincipalAxes, first.X.SequenceEqual(other.X));
    }

    [Fact]
    public void Number_of_threads_changes_no_bit()
    {
        (float[] rows, _) = Clusters(200, 8);
        double[] x = [.. Enumerable.Range(0, 200).Select(i => Math.Sin(i))], y = [.. Enumerable.Range(0, 200).Select(i => Math.Cos(3 * i))];
        (double[] X, double[] Y, double Q, double D) Run(int threads)
        {
            Parts.Threads = threads;
            try
            {
                Affinities p = Affinities.Of(rows, 200, 8, 10, 31);
                var forces = new Forces(p, 0.5);
                forces.Compute(x, y, 1);
                return (forces.X, forces.Y, forces.Normaliser, p.Divergence(x, y, forces.Normaliser));
            }
            finally
            {
                Parts.Threads = null;
            }
        }

        var (one, many) = (Run(1), Run(7));
        Assert.Equal(one.X, many.X);
        Assert.Equal(one.Y, many.Y);
        Assert.Equal((one.Q, one.D), (many.Q, many.D));
    }

    [Fact]
    public void Best_of_several_starts_is_kept()
    {
        (float[] rows, _) = Clusters(60, 5);
        var one = new TsneSettings { Iterations = 300, Starts = 1 };
        double[] alone = [Tsne.Embed(rows, 5, one).Divergence, .. Enumerable.Range(0, 2).Select(i => Tsne.Embed(rows, 5, one with { Start = TsneStart.Random, Seed = 1 + (ulong)i }).Divergence)];
        Assert.Equal(alone.Min(), Tsne.Embed(rows, 5, one with { Starts = 3 }).Divergence);
        Assert.Equal(3, alone.Distinct().Count());
    }

    [Fact]
    public void Rows_that_are_all_the_same_give_finite_points()
    {
        TsneResult result = Tsne.Embed([.. Enumerable.Repeat(1.5f, 12 * 4)], 4, new TsneSettings { Iterations = 300 });
        Assert.All(result.X.Concat(result.Y).Append(result.Divergence), value => Assert.True(double.IsFinite(value)));
    }

    [Fact]
    public void Bad_input_is_named()
    {
        float[] rows = new float[40];
        Assert.Contains("at least 5 whole rows", Fails(rows[..16], new()));
        Assert.Contains("perplexity is 0", Fails(rows, new() { Perplexity = 0 }));
        Assert.Contains("theta is NaN", Fails(rows, new() { Theta = double.NaN }));
        rows[9] = float.NaN;
        Assert.Contains("row 2 holds NaN", Fails(rows, new()));

        static string Fails(float[] rows, TsneSettings settings) => Assert.Throws<HkaFerException>(() => Tsne.Embed(rows, 4, settings)).Message;
    }

    [Fact]
    public void Cancellation_stops_between_steps()
    {
        using var cancel = new CancellationTokenSource();
        (float[] rows, _) = Clusters(30, 4);
        int steps = 0;
        Assert.Throws<OperationCanceledException>(() => Tsne.Embed(rows, 4, progress: new DirectProgress<int>(done =>
        {
            steps = done;
            cancel.Cancel();
        }), cancel: cancel.Token));
        Assert.Equal(1, steps);
    }

    /// <summary>Three clouds.</summary>
    private static (float[] Rows, int[] Labels) Clusters(int count, int width)
    {
        var rng = new Rng(1);
        int[] labels = [.. Enumerable.Range(0, count).Select(i => i % 3)];
        return ([.. labels.SelectMany(label => Enumerable.Range(0, width).Select(c => (float)(rng.Normal() + (c % 3 == label ? 6 : 0))))], labels);
    }

    private static void AsGood(FixtureCase dump, bool exact, string method)
    {
        FixtureTensor x = dump.Tensor("x");
        var settings = new TsneSettings { Perplexity = dump.Config.GetProperty("perplexity").GetDouble(), Exact = exact };
        TsneResult result = Tsne.Embed(x.Floats(), x.Shape[1], settings);
        int[] labels = Array.ConvertAll(dump.Tensor("labels").Longs(), label => (int)label);
        double Expected(string name) => dump.Expect.GetProperty(method).GetProperty(name).GetDouble();
        double divergence = result.Divergence, trust = EmbeddingQuality.Trustworthiness(x.Floats(), x.Shape[1], result), same = EmbeddingQuality.SameLabel(result, labels);
        Assert.True(divergence <= Expected("kl") * (1 + dump.Tolerance("kl", 0.05)), $"divergence {divergence}");
        Assert.True(trust >= Expected("trustworthiness") - dump.Tolerance("trustworthiness", 0.01), $"trustworthiness {trust}");

        // Not pinned by the case: the classes lie apart as they do there.
        Assert.True(same >= Expected("knn10") - 0.02, $"same label {same}");
    }
}
