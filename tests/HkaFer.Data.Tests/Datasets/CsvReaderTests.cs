namespace HkaFer.Data.Tests.Datasets;

public class CsvReaderTests
{
    [Fact]
    public void List_of_windows_with_quotes_and_byte_order_mark_is_read()
    {
        using var folder = Folder("\uFEFFPath,Label,Split\r\n\"sub/a, b.png\",Happy,training\r\nc.png,neutral,val\r\n")
            .With("sub/a, b.png", "c.png");
        var source = Source(folder);
        Assert.Equal(["train", "valid"], source.Splits());
        var train = source.Open("train");
        Assert.Equal(["neutral", "happiness"], train.Classes);
        Assert.Equal(new Sample(folder.PathOf("sub/a, b.png"), 1), train[0]);
    }

    [Fact]
    public void Columns_may_stand_in_any_order_among_others()
    {
        using var folder = Folder("id,label,path\n1,x,a.png\n2,w,b.png\n").With("a.png", "b.png");
        var all = Source(folder).Open("all");
        Assert.Equal(["w", "x"], all.Classes);
        Assert.Equal([1, 0], new[] { all[0].Label, all[1].Label });
    }

    [Fact]
    public void Part_is_set_aside_on_demand()
    {
        using var folder = Folder("path,label\n" + string.Concat(Enumerable.Range(0, 10).Select(i => $"{i}.png,x\n")));
        for (int i = 0; i < 10; i++) folder.With($"{i}.png");
        Assert.Equal(3, Source(folder, "?valid=0.3").Open("valid").Count);
        Assert.Equal(7, Source(folder, "?valid=0.3").Open("train").Count);
    }

    [Fact]
    public void Part_set_aside_does_not_depend_on_the_order_of_the_rows()
    {
        string[] rows = [.. Enumerable.Range(0, 20).Select(i => $"{i}.png,{(i < 12 ? "x" : "y")}\n")];
        using var folder = Folder("path,label\n" + string.Concat(rows)).WithText("turned.csv", "path,label\n" + string.Concat(rows.Reverse()));
        for (int i = 0; i < 20; i++) folder.With($"{i}.png");
        Assert.Equal(
            Paths(Source(folder, "?valid=0.3").Open("valid")),
            Paths(DataSource.Parse($"csv:{folder.PathOf("turned.csv")}?valid=0.3").Open("valid")));

        static IEnumerable<string> Paths(ImageDataset data) => Enumerable.Range(0, data.Count).Select(i => data[i].Path);
    }

    [Fact]
    public void Mixture_of_classes_can_be_asked_for_by_name()
    {
        using var folder = Folder("path,label\na.png,happy\nb.png,other\n").With("a.png", "b.png");
        Assert.Equal(["happy", "other"], Source(folder, "?classes=other,happy").Open("all").Classes);
    }

    [Theory]
    [InlineData("a.png,happy\n", "line 1", "path,label[,split]")]
    [InlineData("path;label\na.png;happy\n", "line 1", "separated by commas")]
    [InlineData("path;label\na.png;happy\n", "line 1", "it is separated by semicolons: save it with commas")]
    [InlineData("path\tlabel\na.png\thappy\n", "line 1", "it is separated by tabs")]
    [InlineData("path,label\na.png,hapiness\nb.png,sad\n", "line 2", "did you mean 'happiness'")]
    [InlineData("path,label\na.png,happy\nb.png\n", "line 3", "expected 2 columns")]
    [InlineData("path,label\na.png,\n", "line 2", "empty")]
    [InlineData("path,label\na.png,happy\na.png,sad\n", "line 3", "already on line 2")]
    [InlineData("path,label,split\na.png,happy,trian\n", "line 2", "did you mean 'train'")]
    [InlineData("path,label\na.png,happy\ngone.png,sad\n", "line 3", "gone.png")]
    [InlineData("path,label\n", "list.csv", "no picture")]
    [InlineData("", "list.csv", "no picture")]
    [InlineData("path,label\n\"a.png,happy\nb.png,sad\n", "list.csv", "line")]
    [InlineData("path,label\na\0.png,happy\n", "line 2", "no text")]
    public void Bad_list_names_line_and_fault(string list, string where, string fault)
    {
        using var folder = Folder(list).With("a.png", "b.png");
        var error = Assert.Throws<HkaFerException>(() => Source(folder).Open("all"));
        Assert.Contains(where, error.Message);
        Assert.Contains(fault, error.Message);
    }

    [Fact]
    public void Missing_list_is_named() =>
        Assert.Contains("/no/such.csv", Assert.Throws<HkaFerException>(() => DataSource.Parse("csv:/no/such.csv").Open()).Message);

    [Fact]
    public void Quote_that_never_closes_ends_with_an_error()
    {
        using var folder = Folder("path,label\n\"" + new string('x', 1 << 20));
        Assert.Throws<HkaFerException>(() => Source(folder).Open("all"));
    }

    private static TempFolder Folder(string list) => new TempFolder().WithText("list.csv", list);

    private static DataSource Source(TempFolder folder, string options = "") =>
        DataSource.Parse($"csv:{folder.PathOf("list.csv")}{options}");
}
