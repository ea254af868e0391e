namespace HkaFer.Data.Tests.Faces;

public class FaceDatasetTests
{
    [Fact]
    public void Classes_are_balanced() => Assert.All(new FaceDataset(FaceDomain.Source, 1, 70).ClassCounts(), n => Assert.Equal(10, n));

    [Fact]
    public void Longer_data_set_begins_with_the_shorter_one()
    {
        var few = new FaceDataset(FaceDomain.Shifted, 3, 10);
        var many = new FaceDataset(FaceDomain.Shifted, 3, 1000);
        Assert.Equal(few.Load(9).Pixels, many.Load(9).Pixels);
        Assert.Equal(few[9], many[9]);
    }

    [Fact]
    public void Seeds_and_domains_give_other_faces()
    {
        var face = new FaceDataset(FaceDomain.Source, 1, 7).Load(0).Pixels;
        Assert.NotEqual(face, new FaceDataset(FaceDomain.Source, 2, 7).Load(0).Pixels);
        Assert.NotEqual(face, new FaceDataset(FaceDomain.Shifted, 1, 7).Load(0).Pixels);
    }

    [Fact]
    public void Neighbours_are_other_people()
    {
        var data = new FaceDataset(FaceDomain.Source, 1, 8);
        Assert.Equal(data[0].Label, data[7].Label);
        Assert.NotEqual(data.Spec(0).Identity, data.Spec(7).Identity);
        Assert.NotEqual(data.Spec(0).Pose, data.Spec(7).Pose);
    }

    [Fact]
    public void Threads_draw_the_same_faces()
    {
        var data = new FaceDataset(FaceDomain.Source, 5, 16);
        var alone = Enumerable.Range(0, data.Count).Select(i => data.Load(i).Pixels).ToArray();
        var together = new byte[data.Count][];
        Parallel.For(0, data.Count, i => together[i] = data.Load(i).Pixels);
        Assert.Equal(alone, together);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(7)]
    public void Index_out_of_range_is_refused(int index) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new FaceDataset(FaceDomain.Source, 1, 7).Load(index));
}
