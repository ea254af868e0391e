using HkaFer.Data;
using HkaFer.Models;

namespace HkaFer.Training.Tests;

public class LabelReviewTests
{
    [Fact]
    public void Class_that_is_more_confident_than_usual_contradicts_the_label()
    {
        // Usual for class 0 is 0.55, for class 1 0.475; nothing is labelled 2.
        float[] probabilities =
        [
            0.9f, 0.1f, 0, // as labelled
            0.7f, 0.3f, 0, // as labelled
            0.2f, 0.8f, 0, // as labelled
            0.85f, 0.15f, 0, // labelled 1, and 0 beyond what is usual
            0.05f, 0.05f, 0.9f, // labelled 0, and nothing else is usual
        ];
        Assert.Equal([(3, 0)], LabelReview.Contradicted(probabilities, [0, 0, 1, 1, 0], 3));
    }

    [Fact]
    public void Contradictions_come_clearest_first_and_what_cannot_be_read_is_left_out()
    {
        var backbone = new VisionTransformer(new VitConfig { Width = 16, Depth = 1, Heads = 2, Patch = 8, ImageSize = 16 });
        backbone.Initialize(1);
        var data = DataSource.Parse("faces:?count=14&size=16").Open("train");
        var classifier = new Classifier(backbone, data.Classes);
        classifier.Initialize(1);
        var model = new ExpressionModel(classifier, null, new Preprocessing { Size = 16 }, "");
        var doubts = LabelReview.Of(model, data, new HashSet<string> { data[0].Path }, batchSize: 4);
        Assert.DoesNotContain(doubts, d => d.Picture.Path == data[0].Path);
        Assert.All(doubts, d => Assert.NotEqual(d.Suspect, d.Picture.Label));
        Assert.Equal(doubts.OrderByDescending(d => d.Score), doubts);
        Assert.NotEmpty(doubts);
    }
}
