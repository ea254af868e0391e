using System.Text.Json;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public class McNemarTests
{
    public static TheoryData<string> Cases() => Fixtures.Of("mcnemar");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Exact_p_matches_the_reference(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        Assert.NotEmpty(dump.Expect.EnumerateArray());
        Assert.All(dump.Expect.EnumerateArray(), expected => Near.Relative(
            [McNemar.Exact(expected.GetProperty("only_first_right").GetInt64(), expected.GetProperty("only_second_right").GetInt64())],
            [expected.GetProperty("p_exact").GetDouble()], dump.Tolerance("out", 1e-9), expected.ToString()));
    }

    [Theory]
    [InlineData(0, 7)]
    [InlineData(3, 30)]
    [InlineData(14, 17)]
    public void Exact_p_is_the_sum_of_the_binomial(int a, int b)
    {
        // By Pascal's triangle in whole numbers: another way to the same probability.
        var row = new List<UInt128> { 1 };
        for (int n = 0; n < a + b; n++)
        {
            row = [1, .. row.Zip(row.Skip(1), (x, y) => x + y), 1];
        }

        double tail = row.Take(Math.Min(a, b) + 1).Sum(count => (double)count) / Math.Pow(2, a + b);
        Near.Relative([McNemar.Exact(a, b)], [2 * tail], 1e-12, "p");
        Assert.Equal(McNemar.Exact(a, b), McNemar.Exact(b, a));
    }

    [Fact]
    public void Large_counts_stay_finite()
    {
        Assert.InRange(McNemar.Exact(50_000, 50_500), 0.1, 0.13);
        Assert.Equal(0, McNemar.Exact(0, 100_000));
        Assert.Equal(1, McNemar.Exact(40_000, 40_000));
        Assert.Throws<ArgumentOutOfRangeException>(() => McNemar.Exact(-1, 2));
    }
}
