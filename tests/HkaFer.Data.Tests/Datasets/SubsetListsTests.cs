using HkaFer.Testing;

namespace HkaFer.Data.Tests.Datasets;

public class SubsetListsTests
{
    [Theory]
    [InlineData("occlusion", "test_0001_aligned 3 4\r\ntest_0003_aligned 6 3\r\n", 2)]
    [InlineData("pose30", "3/test_0001_aligned.jpg\n", 1)]
    [InlineData("pose45", "3/test_0001_aligned.jpg\n6/test_0003_aligned.jpg", 2)]
    public void Listed_pictures_of_the_test_split_are_kept(string subset, string list, int count)
    {
        using var folder = Raf().WithText("lists/list.txt", list);
        var source = DataSource.Parse($"rafdb:{folder.Root}?subset={subset}&list={folder.PathOf("lists/list.txt")}");
        Assert.Equal(["test"], source.Splits());
        var data = source.Open("test");
        Assert.Equal(count, data.Count);
        Assert.Equal("happiness", data.Classes[data[0].Label]);
        Assert.Empty(data.Notes);
    }

    [Fact]
    public void Picture_listed_twice_counts_once_and_another_label_is_told()
    {
        using var folder = Raf().WithText("list.txt", "test_0001_aligned 3 4\r\ntest_0001_aligned 3 4\r\ntest_0002_aligned 0 4");
        var data = DataSource.Parse($"rafdb:{folder.Root}?subset=occlusion&list={folder.PathOf("list.txt")}").Open("test");
        Assert.Equal(["happiness", "anger"], RafDbReaderTests.Labels(data).Select(l => data.Classes[l]));
        Assert.Equal(2, data.Notes.Count);
        Assert.Contains("1 lines", data.Notes[0]);
        Assert.Contains("the first is test_0002 (listed as surprise, here anger)", data.Notes[1]);
    }

    [Theory]
    [InlineData("1_fer0000001.png 8 0\r\n0_fer0000002.png 8 2\r\n")]
    [InlineData("1/fer0000001.jpg\n0/fer0000002.jpg\n")]
    public void Picture_that_the_majority_rule_drops_is_told(string list)
    {
        using var folder = new TempFolder().WithText("list.txt", list).With("FER2013Test/fer0000001.png")
            .WithText("FER2013Test/label.csv", "fer0000001.png,\"(0, 0, 48, 48)\",0,9,0,0,0,0,0,0,0,0\nfer0000002.png,\"(0, 0, 48, 48)\",5,5,0,0,0,0,0,0,0,0\n");
        var data = DataSource.Parse($"ferplus:{folder.Root}?subset=pose30&list={folder.PathOf("list.txt")}").Open("test");
        Assert.Equal((1, 1), (data.Count, data[0].Label));
        Assert.Contains("1 pictures", Assert.Single(data.Notes));
        Assert.Contains("the first is fer0000002", data.Notes[0]);
    }

    [Theory]
    [InlineData("occlusion", 735, 734)]
    [InlineData("pose30", 1_247, 1_247)]
    [InlineData("pose45", 558, 558)]
    public void Published_lists_of_Raf_are_read_whole(string subset, int published, int count)
    {
        string lists = Fixtures.RequireData("ran-lists");
        using var folder = new TempFolder().WithFolder("Image/aligned").WithText(
            "EmoLabel/list_patition_label.txt", string.Concat(Enumerable.Range(1, 3068).Select(i => $"test_{i:D4}.jpg 1\n")));
        var source = DataSource.Parse($"rafdb:{folder.Root}?subset={subset}&list={lists}");
        Assert.Equal(count, source.OpenUnchecked("test").Count);
        Assert.Equal(published, source.Published("test"));
    }

    [Theory]
    [InlineData("occlusion", 605)]
    [InlineData("pose30", 1_170)]
    [InlineData("pose45", 633)]
    public void Published_lists_of_FerPlus_are_read_whole(string subset, int count)
    {
        string lists = Fixtures.RequireData("ran-lists");
        using var folder = new TempFolder().WithText(
            "FER2013Test/label.csv", string.Concat(Enumerable.Range(32_000, 4_000).Select(i => $"fer{i:D7}.png,\"(0, 0, 48, 48)\",9,0,0,0,0,0,0,0,0,0\n")));
        var source = DataSource.Parse($"ferplus:{folder.Root}?subset={subset}&list={lists}");
        Assert.Equal(count, source.OpenUnchecked("test").Count);
        Assert.Equal(count, source.Published("test"));
    }

    [Theory]
    [InlineData("subset=occlusion", "needs list=")]
    [InlineData("list=x", "list= without subset=")]
    [InlineData("subset=pose&list=x", "unknown subset=pose")]
    [InlineData("subset=pose30&list=/nowhere", "list missing")]
    public void Bad_option_is_named(string options, string fault)
    {
        using var folder = Raf();
        Assert.Contains(fault, Assert.Throws<HkaFerException>(() => DataSource.Parse($"rafdb:{folder.Root}?{options}").Open("test")).Message);
    }

    [Theory]
    [InlineData("3/test_0009_aligned.jpg\n", "not in the split 'test', the first is 'test_0009'")]
    [InlineData("3/test_0001_aligned.jpg\n3/test_0009_aligned.jpg\n", "1 of 2 pictures")]
    [InlineData("what is this\n", "label 'is'")]
    [InlineData("test_0001\n", "names no picture and label")]
    public void Bad_list_is_named(string list, string fault)
    {
        using var folder = Raf().WithText("list.txt", list);
        Assert.Contains(fault, Assert.Throws<HkaFerException>(
            () => DataSource.Parse($"rafdb:{folder.Root}?subset=pose30&list={folder.PathOf("list.txt")}").Open("test")).Message);
    }

    [Fact]
    public void Subset_of_another_split_is_refused()
    {
        using var folder = Raf().WithText("list.txt", "3/test_0001_aligned.jpg\n");
        Assert.Contains("The subsets are of this split", Assert.Throws<HkaFerException>(
            () => DataSource.Parse($"rafdb:{folder.Root}?subset=pose30&list={folder.PathOf("list.txt")}").Open("train")).Message);
    }

    private static TempFolder Raf() => new TempFolder()
        .WithText("EmoLabel/list_patition_label.txt", "train_00001.jpg 1\ntest_0001.jpg 4\ntest_0002.jpg 6\ntest_0003.jpg 7\n")
        .With("Image/aligned/test_0001_aligned.jpg", "Image/aligned/test_0002_aligned.jpg", "Image/aligned/test_0003_aligned.jpg");
}
