namespace HkaFer.Data.Tests;

public class FaceDescriptionTests
{
    [Fact]
    public void Every_part_is_described_and_no_expression_is_named()
    {
        var basic = new FaceDataset(FaceDomain.Source, 1, 140);
        var compound = new FaceDataset(FaceDomain.Source, 1, 110, compound: true);
        string[] texts = [.. Enumerable.Range(0, 140).Select(i => FaceDescription.Of(basic.Spec(i))), .. Enumerable.Range(0, 110).Select(i => FaceDescription.Of(compound.Spec(i)))];
        string[] names = [.. Expressions.Names, .. CompoundExpression.Names.SelectMany(name => name.Split(' '))];
        Assert.All(texts, text => Assert.Equal(["brows", "eyes", "nose", "mouth", "cheeks", "pose"], text.Split("; ").Select(part => part.Split(": ")[0])));
        Assert.All(texts, text => Assert.DoesNotContain(names, name => text.Contains(name, StringComparison.OrdinalIgnoreCase)));
        Assert.True(texts.Distinct().Count() > 100);
    }

    [Fact]
    public void Every_word_of_every_part_occurs()
    {
        var compound = new FaceDataset(FaceDomain.Source, 1, 2000, compound: true);
        var basic = new FaceDataset(FaceDomain.Source, 1, 2000);
        int[][] parts = [.. Enumerable.Range(0, 2000).SelectMany(i => (int[][])[FaceDescription.Parts(basic.Spec(i)), FaceDescription.Parts(compound.Spec(i))])];
        Assert.All(FaceDescription.Words.Index(), part => Assert.Equal(Enumerable.Range(0, part.Item.Count), parts.Select(p => p[part.Index]).Distinct().Order()));
    }

    [Fact]
    public void Face_at_rest_and_a_laughing_one_are_told_apart()
    {
        Assert.Equal("brows: at rest; eyes: open; nose: smooth; mouth: level, closed; cheeks: flat; pose: straight", FaceDescription.Of(new FaceSpec()));
        Assert.Equal(
            "brows: at rest; eyes: open; nose: smooth; mouth: corners up, parted; cheeks: raised; pose: turned left",
            FaceDescription.Of(new FaceSpec { Action = FaceAction.Of(Expression.Happiness), Pose = new FacePose(Yaw: -0.3f) }));
    }
}
