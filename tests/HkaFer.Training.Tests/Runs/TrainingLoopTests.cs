using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public sealed class TrainingLoopTests
{
    private static readonly Recipe s_recipe = TinyRecipe.Full.With(
        "augmentation=null", "training.ema=null", "training.epochs=2", "training.class_weights=[1, 3, 0.5]", "data.sampling=shuffle",
        "optimizer={kind: sgd, learning_rate: 0.1, momentum: 0.9}");

    // 21 pictures: updates of 8, 8 and 5, the last of which is a short group that ends in a short batch.
    private static readonly ListedFaces s_faces = new(3, [.. Enumerable.Range(0, 21).Select(i => i % 3)]);

    [Theory]
    [InlineData(2, 4)]
    [InlineData(4, 2)]
    public void Accumulated_batches_train_as_one(int batch, int accumulate)
    {
        (TrainingLoop whole, Tensor[] expected) = Train(8, 1);
        (TrainingLoop parted, Tensor[] actual) = Train(batch, accumulate);

        Assert.Equal((3, 6L), (whole.Steps, whole.Optimizer.Steps));
        Assert.Equal((3, 6L), (parted.Steps, parted.Optimizer.Steps));
        Assert.Equal(whole.LastRate, parted.LastRate);
        foreach ((Tensor first, Tensor second) in expected.Zip(actual))
        {
            // Sums of float32 in another order, six updates long.
            Near.Relative(first.ToDoubles(), second.ToDoubles(), 1e-4, "weight", floor: 1e-3);
        }
    }

    [Fact]
    public void Stop_waits_for_the_last_batch_of_the_update()
    {
        using var stop = new CancellationTokenSource();
        TrainingLoop loop = Loop(2, 4);

        Assert.False(loop.RunEpoch(_ => stop.Cancel(), stop.Token));
        Assert.Equal((1, 8, 1L), (loop.State.Step, loop.State.Seen, loop.Optimizer.Steps));
    }

    [Fact]
    public void Data_that_cannot_do_what_the_recipe_asks_is_named()
    {
        var lacking = new RunData(new ListedFaces(3, 0, 0, 2), null, null);
        Assert.Contains("none of 'class 1'", Refused("data.sampling=balanced", "training.patience=null"));
        Assert.Contains("none of 'class 1'", Refused("training.class_weights=balanced", "training.patience=null"));
        Assert.Contains("has 2 weights, the training data has 3 classes", Refused("training.class_weights=[1, 2]", "training.patience=null"));
        Assert.Contains("training.patience needs a split that scores", Refused("training.patience=2"));
        Assert.Contains("training.selection: best needs a split that scores", Refused("training.selection=best", "training.patience=null"));

        string Refused(params string[] sets) =>
            Assert.Throws<HkaFerException>(() => new ClassifierTask(s_recipe.With(sets), new RunFolder("run"), lacking)).Message;
    }

    [Fact]
    public void Balanced_weights_have_a_mean_of_one()
    {
        double[] weights = ClassWeights.Balanced.For(new ListedFaces(3, 0, 0, 0, 1, 2, 2));

        Assert.Equal([6.0 / 9, 2, 1], weights);
    }

    private static (TrainingLoop Loop, Tensor[] Weights) Train(int batch, int accumulate)
    {
        TrainingLoop loop = Loop(batch, accumulate);
        Assert.True(loop.RunEpoch(null, CancellationToken.None));
        loop.State = new TrainingState { Epoch = 1 };
        Assert.True(loop.RunEpoch(null, CancellationToken.None));
        return (loop, [.. loop.Optimizer.Parameters.Select(p => p.Value)]);
    }

    private static TrainingLoop Loop(int batch, int accumulate)
    {
        Recipe recipe = s_recipe.With($"training.batch={batch}", $"training.accumulate={accumulate}");
        return new TrainingLoop(new ClassifierTask(recipe, new RunFolder("run"), new RunData(s_faces, s_faces, null)));
    }
}
