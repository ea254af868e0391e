using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public class GradientClippingTests
{
    public static TheoryData<string> Cases() => Fixtures.Of("clip-grad-norm");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Clipped_gradients_match_the_reference(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        string[] names = [.. dump.Names.Where(n => n.StartsWith("grad.", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        var bag = new Bag([.. names.Select(n => (n, Tensor.Zeros(Shape.Create(dump.Tensor(n).Shape))))]);
        for (int i = 0; i < names.Length; i++)
        {
            bag.Give(i, dump.Tensor(names[i]).Floats());
        }

        double norm = GradientClipping.Norm(bag.All), tolerance = dump.Tolerance("out", 1e-5);
        double scale = GradientClipping.ScaleFor(norm, dump.Config.GetProperty("max_norm").GetDouble());

        Near.Relative(dump.Tensor("out.norm").Doubles(), new[] { norm }, tolerance, "norm");
        for (int i = 0; i < names.Length; i++)
        {
            double[] clipped = [.. bag[i].Value.Grad!.ToDoubles().Select(g => g * scale)];
            Near.Relative(dump.Tensor($"out.{names[i]}").Doubles(), clipped, tolerance, names[i]);
        }
    }

    [Fact]
    public void Small_norm_is_left_alone() => Assert.Equal(1, GradientClipping.ScaleFor(0.5, 1));

    [Fact]
    public void Parameters_without_gradient_do_not_count()
    {
        var bag = new Bag(("a", Tensor.Zeros([2])), ("b", Tensor.Zeros([1])));
        bag.Give(0, 3, 4);

        Assert.Equal(5, GradientClipping.Norm(bag.All), 12);
    }

    [Fact]
    public void Diverged_norm_is_an_error()
    {
        var bag = new Bag(("a", Tensor.Zeros([2])));
        bag.Give(0, float.NaN, 1);

        var error = Assert.Throws<HkaFerException>(() => GradientClipping.ScaleFor(GradientClipping.Norm(bag.All), 1));
        Assert.Contains("diverged", error.Message, StringComparison.Ordinal);
        Assert.Throws<HkaFerException>(() => GradientClipping.ScaleFor(1, 0));
    }
}
