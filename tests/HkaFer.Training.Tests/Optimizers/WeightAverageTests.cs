using HkaFer.Tensors;

namespace HkaFer.Training.Tests;

public sealed class WeightAverageTests
{
    [Fact]
    public void Average_follows_with_a_decay_that_grows()
    {
        var bag = new Bag(("w", Tensor.From<float>([1, -2], [2])));
        var optimizer = new Sgd(bag.All, learningRate: 1);
        optimizer.KeepAverage(0.2);
        double[] expected = [1, -2];
        for (int t = 1; t <= 4; t++)
        {
            bag.Give(0, 0.5f, -1);
            optimizer.Step();
            optimizer.ZeroGrad();
            // 2/11, then 3/12 and more are cut to 0.2.
            double decay = Math.Min(0.2, (1.0 + t) / (10 + t));
            double[] now = bag[0].Value.ToDoubles();
            expected = [.. expected.Zip(now, (mean, value) => (decay * mean) + ((1 - decay) * value))];
        }

        using (optimizer.Average!.Apply())
        {
            double[] applied = bag[0].Value.ToDoubles();
            Assert.Equal(expected[0], applied[0], 1e-6);
            Assert.Equal(expected[1], applied[1], 1e-6);
        }

        Assert.Equal([-1, 2], bag[0].Value.ToDoubles());
    }

    [Fact]
    public void State_holds_the_average_and_brings_it_back()
    {
        var bag = new Bag(("w", Tensor.From<float>([1, -2], [2])));
        var before = new Adam(bag.All);
        before.KeepAverage(0.9);
        bag.Give(0, 0.5f, -1);
        before.Step();
        var saved = before.State().ToDictionary(x => x.Name, x => x.Tensor.Clone());
        float[] average = saved["w.average"].ToFloats();

        var after = new Adam(bag.All);
        Assert.Contains("'w.average'", Assert.Throws<HkaFerException>(() => after.LoadState(saved)).Message);
        after.KeepAverage(0.9);
        after.LoadState(saved);

        using IDisposable applied = after.Average!.Apply();
        Assert.Equal(average, bag[0].Value.ToFloats());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void Decay_out_of_range_is_refused(double decay) =>
        Assert.Throws<HkaFerException>(() => new Sgd(new Bag(("w", Tensor.Zeros([2]))).All).KeepAverage(decay));
}
