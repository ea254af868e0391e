using HkaFer.Data;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public sealed class TrainingLossTests
{
    private static readonly Tensor s_logits = Tensor.From<float>([1, 2, 0, 0.5f, -1, 3], [2, 3]).Keep();

    public static TheoryData<string> Cases => Fixtures.Of("op-cross-entropy");

    [Theory]
    [Trait("Category", "Fixtures")]
    [MemberData(nameof(Cases))]
    public void Loss_of_a_batch_is_that_of_PyTorch(string path)
    {
        FixtureCase dump = Fixtures.Open(path);
        FixtureTensor logits = dump.Tensor("logits");
        int[] labels = dump.Has("labels") ? [.. dump.Tensor("labels").Longs().Select(l => (int)l)] : new int[logits.Shape[0]];
        var data = new ListedFaces(logits.Shape[1], labels)
        {
            Shares = dump.Has("targets") ? [.. dump.Tensor("targets").Floats().Chunk(logits.Shape[1])] : null,
        };
        double smoothing = dump.Config.TryGetProperty("label_smoothing", out var s) ? s.GetDouble() : 0;
        double[] weights = dump.Config.TryGetProperty("weight", out var w) ? [.. w.EnumerateArray().Select(v => v.GetDouble())] : [];

        Tensor loss = new TrainingLoss(smoothing, weights).Of(Tensor.From<float>(logits.Floats(), Shape.Create(logits.Shape)), data.Batch()).Loss;

        Near.Relative(dump.Tensor("out.y").Doubles(), loss.ToDoubles(), dump.Tolerance("out", 2e-5), "loss");
    }

    [Fact]
    public void Soft_labels_that_are_hard_give_the_same_loss()
    {
        var hard = new ListedFaces(3, 1, 2);
        var soft = new ListedFaces(3, 1, 2) { Shares = [[0, 1, 0], [0, 0, 1]] };
        var loss = new TrainingLoss(0.1, []);

        Assert.Equal(loss.Of(s_logits, hard.Batch()).Loss.Item(), loss.Of(s_logits, soft.Batch()).Loss.Item(), 1e-6);
    }

    [Fact]
    public void Mean_is_divided_by_the_weights_of_hard_and_by_the_number_of_soft_labels()
    {
        var hard = new ListedFaces(3, 1, 2);
        var soft = new ListedFaces(3, 1, 2) { Shares = [[0, 1, 0], [0, 0, 1]] };
        var loss = new TrainingLoss(0, [1, 2, 4]);

        Assert.Equal(6, loss.Of(s_logits, hard.Batch()).Weight);
        Assert.Equal(2, loss.Of(s_logits, soft.Batch()).Weight);
        Assert.Equal(6 * loss.Of(s_logits, hard.Batch()).Loss.Item(), 2 * loss.Of(s_logits, soft.Batch()).Loss.Item(), 1e-5);
    }

    [Fact]
    public void Where_any_of_some_classes_is_right_the_most_probable_of_them_counts()
    {
        // Row 0 may be 0 or 2, of which 0 has the larger logit; row 1 may be any but 2, of which that is also 0.
        var data = new ListedFaces(3, 0, 0) { Shares = [[0.5f, 0, 0.5f], [0.4f, 0.6f, 0]], Use = SoftLabelUse.AnyOf };

        Tensor loss = new TrainingLoss(0, []).Of(s_logits, data.Batch()).Loss;

        Assert.Equal(Ops.CrossEntropy(s_logits, [0, 0]).Item(), loss.Item());
    }
}
