namespace HkaFer.Data.Tests.Datasets;

public class DataSourceTests
{
    [Fact]
    public void Written_form_gives_kind_path_and_options()
    {
        var source = DataSource.Parse("ferplus:/data/my sets/顔?labels=majority");
        Assert.Equal(("ferplus", "/data/my sets/顔", "majority"), (source.Kind, source.Path, source.Options["labels"]));
        Assert.Equal("ferplus:/data/my sets/顔?labels=majority", source.ToString());
    }

    [Fact]
    public void Windows_path_keeps_its_drive() => Assert.Equal(@"C:\my faces\set", DataSource.Parse(@"folder:C:\my faces\set").Path);

    [Fact]
    public void Existing_folder_needs_no_kind()
    {
        using var folder = new TempFolder();
        Assert.Equal(("folder", folder.Root), (DataSource.Parse(folder.Root).Kind, DataSource.Parse(folder.Root).Path));
        Assert.Equal("0.2", DataSource.Parse(folder.Root + "?valid=0.2").Options["valid"]);
    }

    [Fact]
    public void Existing_list_needs_no_kind()
    {
        using var folder = new TempFolder().WithText("list.csv", "path,label\n");
        Assert.Equal("csv", DataSource.Parse(folder.PathOf("list.csv")).Kind);
    }

    [Theory]
    [InlineData("ferpluss:/x", "'ferpluss'", "did you mean 'ferplus'")]
    [InlineData("folder:/x?vallid=0.2", "'vallid'", "did you mean 'valid'")]
    [InlineData("faces:?seed", "'seed'", "key=value")]
    [InlineData("faces:?seed=", "'seed='", "key=value")]
    [InlineData("faces:?seed=1&seed=2", "'seed'", "twice")]
    [InlineData("folder:", "folder:", "names no path")]
    [InlineData("/no/such/place", "/no/such/place", "neither a folder")]
    [InlineData("", "''", "neither a folder")]
    [InlineData("zzzzzzzzzz:/x", "'zzzzzzzzzz'", "known: ferplus, rafdb, ")]
    public void Wrong_form_names_the_part_and_the_remedy(string text, string part, string remedy)
    {
        var error = Assert.Throws<HkaFerException>(() => DataSource.Parse(text));
        Assert.Contains(part, error.Message);
        Assert.Contains(remedy, error.Message);
    }

    [Fact]
    public void Unknown_split_names_the_nearest()
    {
        var error = Assert.Throws<HkaFerException>(() => DataSource.Parse("faces:").Open("tran"));
        Assert.Contains("did you mean 'train'", error.Message);
    }

    [Theory]
    [InlineData("seed=-1")]
    [InlineData("count=0")]
    [InlineData("count=99999999999")]
    [InlineData("size=7")]
    [InlineData("domain=sauce")]
    public void Faces_with_a_bad_value_name_it(string option)
    {
        var error = Assert.Throws<HkaFerException>(() => DataSource.Parse("faces:?" + option).Open());
        Assert.Contains($"'{option.Split('=')[1]}'", error.Message);
    }

    [Fact]
    public void Faces_of_other_splits_are_other_faces()
    {
        var source = DataSource.Parse("faces:?seed=1&count=21&domain=shifted&size=32");
        var train = source.Open("train");
        Assert.Equal((21, 7), (train.Count, train.Classes.Count));
        Assert.Equal(train.Load(3).Pixels, new FaceDataset(FaceDomain.Shifted, 1, 21, 32).Load(3).Pixels);
        Assert.NotEqual(train.Load(3).Pixels, source.Open("valid").Load(3).Pixels);
        Assert.NotEqual(source.Open("test").Load(3).Pixels, source.Open("valid").Load(3).Pixels);
    }
}
