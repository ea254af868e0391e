namespace HkaFer.Data.Tests.Datasets;

public class ExclusionTests
{
    [Fact]
    public void Listed_pictures_are_left_out_whether_or_not_they_exist()
    {
        using var folder = new TempFolder().With("train/anger/a.png", "train/anger/b.png", "train/fear/c.png", "test/anger/d.png", "test/fear/e.png");
        folder.WithText("lists/out.txt", $"\uFEFF# why\r\n../train/anger/a.png\r\n\r\n{folder.PathOf("test/anger/d.png")}\r\n../train/anger/a.png\r\n");
        var source = DataSource.Parse($"folder:{folder.Root}?valid=0.4");
        var list = Exclusion.Read(folder.PathOf("lists/out.txt"));

        string[] train = [.. Paths(source.Open("train", list)), .. Paths(source.Open("valid", list))];
        Assert.Equal(["b.png", "c.png"], train.Select(Path.GetFileName).Order());
        // The test split was not opened, and its line is known all the same.
        list.RequireMatched(source);
    }

    [Fact]
    public void Missing_picture_may_be_excluded()
    {
        using var folder = new TempFolder().With("a.png").WithText("list.csv", "path,label\na.png,anger\ngone.png,fear\n").WithText("out.txt", "gone.png\n");
        var source = DataSource.Parse(folder.PathOf("list.csv"));
        Assert.Contains("line 3", Assert.Throws<HkaFerException>(() => source.Open("all")).Message);
        Assert.Equal(1, source.Open("all", Exclusion.Read(folder.PathOf("out.txt"))).Count);
    }

    [Fact]
    public void Filtered_split_keeps_labels_and_pictures_together()
    {
        using var folder = new TempFolder().WithText("out.txt", "faces/source/1/0\nfaces/source/1/2\n");
        var source = DataSource.Parse("faces:?count=5&size=16");
        var (all, some) = (source.Open(), source.Open("train", Exclusion.Read(folder.PathOf("out.txt"))));
        Assert.Equal([1, 3, 4], Enumerable.Range(0, some.Count).Select(i => some[i].Label));
        Assert.Equal(all.Load(3).Pixels, some.Load(1).Pixels);
    }

    [Fact]
    public void Line_that_names_no_picture_is_an_error()
    {
        using var folder = new TempFolder().With("anger/a.png", "fear/b.png").WithText("out.txt", "anger/a.png\nanger/x.png\nfear/y.png\n");
        var source = DataSource.Parse(folder.Root);
        var list = Exclusion.Read(folder.PathOf("out.txt"));
        source.Open("all", list);
        var error = Assert.Throws<HkaFerException>(() => list.RequireMatched(source));
        Assert.Contains("line 2: 'anger/x.png' is no picture of the data (nor are 1 other lines)", error.Message);
    }

    [Fact]
    public void List_that_cannot_be_read_is_named()
    {
        using var folder = new TempFolder().WithText("nul.txt", "a\n\0\n");
        Assert.Contains("no-such.txt", Assert.Throws<HkaFerException>(() => Exclusion.Read("no-such.txt")).Message);
        Assert.Contains("line 2", Assert.Throws<HkaFerException>(() => Exclusion.Read(folder.PathOf("nul.txt"))).Message);
        Assert.Throws<HkaFerException>(() => Exclusion.Read(folder.Root));
    }

    private static IEnumerable<string> Paths(ImageDataset data) => Enumerable.Range(0, data.Count).Select(i => data[i].Path);
}
