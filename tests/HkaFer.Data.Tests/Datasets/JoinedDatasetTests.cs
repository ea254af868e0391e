namespace HkaFer.Data.Tests;

public class JoinedDatasetTests
{
    [Fact]
    public void Parts_follow_one_another_with_the_classes_of_all()
    {
        var basic = new FaceDataset(FaceDomain.Source, 1, 9, 16);
        var compound = new FaceDataset(FaceDomain.Source, 2, 12, 16, compound: true);
        var joined = new JoinedDataset(compound, basic);
        Assert.Equal(21, joined.Count);
        Assert.Equal([.. basic.Classes, .. compound.Classes], joined.Classes);
        Assert.Equal("happily surprised", joined.Classes[joined[0].Label]);
        Assert.Equal("happiness", joined.Classes[joined[13].Label]);
        Assert.Equal(basic.Load(1).Pixels, joined.Load(13).Pixels);
        Assert.Equal(compound.Source(11), joined.Source(11));
        Assert.Equal("faces + faces", joined.Kind);
        Assert.Throws<ArgumentOutOfRangeException>(() => joined[21]);
        Assert.Throws<ArgumentOutOfRangeException>(() => joined.Load(-1));
    }

    [Fact]
    public void Classes_that_both_have_are_one()
    {
        var joined = new JoinedDataset(new FaceDataset(FaceDomain.Source, 1, 7, 16), new FaceDataset(FaceDomain.Shifted, 1, 7, 16));
        Assert.Equal(7, joined.Classes.Count);
        Assert.All(joined.ClassCounts(), count => Assert.Equal(2, count));
    }
}
