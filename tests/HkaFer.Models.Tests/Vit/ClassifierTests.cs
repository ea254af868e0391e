using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Models.Tests;

public class ClassifierTests
{
    public static TheoryData<string> Cases() => Fixtures.Of("dinov2-classifier");

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Published_classifier_gives_its_logits(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        Classifier model = Classifier.Load(Path.Combine(dump.Folder, "checkpoint"));
        Assert.Equal(HeadPooling.ClassTokenAndPatchMean, model.Head.Pooling);
        Assert.Equal(dump.Tensor("out.logits").Shape[1], model.Labels.Count);
        using IDisposable paused = Tape.NoGrad();
        dump.Near("out.logits", model.Forward(dump.Float("pixel_values")));
    }
}
