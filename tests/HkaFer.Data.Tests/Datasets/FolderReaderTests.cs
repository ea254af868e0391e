namespace HkaFer.Data.Tests.Datasets;

public class FolderReaderTests
{
    [Fact]
    public void Expression_names_get_the_label_order_of_the_program()
    {
        using var folder = new TempFolder().With("train/Angry/b.PNG", "train/Angry/a.jpg", "train/happy/x.webp", "val/anger/c.jpeg",
            "val/happiness/d.jfif");
        var source = DataSource.Parse(folder.Root);
        Assert.Equal(["train", "valid"], source.Splits());
        var train = source.Open("train");
        Assert.Equal(["happiness", "anger"], train.Classes);
        Assert.Equal([("a.jpg", 1), ("b.PNG", 1), ("x.webp", 0)], Rows(train));
        Assert.Equal([("c.jpeg", 1), ("d.jfif", 0)], Rows(source.Open("valid")));
    }

    [Fact]
    public void Other_names_stand_in_alphabetical_order()
    {
        using var folder = new TempFolder().With("zebra/a.png", "happy/b.png", "Apfel/c.png");
        var all = DataSource.Parse(folder.Root).Open("all");
        Assert.Equal(["Apfel", "happy", "zebra"], all.Classes);
    }

    [Fact]
    public void Loose_pictures_and_a_name_that_is_no_expression_are_told()
    {
        using var folder = new TempFolder().With("happy/a.png", "sad/b.png", "foo/c.png", "loose.png");
        var notes = DataSource.Parse(folder.Root).Open("all").Notes;
        Assert.Equal(2, notes.Count);
        Assert.Contains("holds a picture outside the folders of its classes, left out; the first is 'loose.png'", notes[0]);
        Assert.StartsWith("'foo' beside names of expressions", notes[1]);
    }

    [Fact]
    public void Folders_of_expressions_alone_or_of_none_need_no_word()
    {
        using var folder = new TempFolder().With("a/happy/a.png", "a/sad/b.png", "b/x/c.png", "b/y/d.png");
        Assert.All((string[])["a", "b"], name => Assert.Empty(DataSource.Parse(folder.PathOf(name)).Open("all").Notes));
    }

    [Fact]
    public void Folder_of_ferplus_is_told_by_its_kind()
    {
        using var folder = new TempFolder().With("FER2013Train/a.png");
        Assert.Contains($"write ferplus:{folder.Root}", Assert.Throws<HkaFerException>(() => DataSource.Parse(folder.Root).Splits()).Message);
    }

    [Fact]
    public void Class_that_one_split_lacks_does_not_shift_the_labels()
    {
        using var folder = new TempFolder().With("train/a/1.png", "train/b/2.png", "test/b/3.png");
        var test = DataSource.Parse(folder.Root).Open("test");
        Assert.Equal(1, test[0].Label);
        Assert.Equal([0, 1], test.ClassCounts());
    }

    [Fact]
    public void Folder_without_splits_says_how_to_make_them()
    {
        using var folder = new TempFolder().With("a/1.png", "b/2.png");
        var error = Assert.Throws<HkaFerException>(() => DataSource.Parse(folder.Root).Open("train"));
        Assert.Contains("there is all", error.Message);
        Assert.Contains("?valid=0.2&seed=1", error.Message);
    }

    [Theory]
    [InlineData("happy/x.png", "happy")]
    [InlineData("holdout/b/x.png", "holdout")]
    [InlineData("valid/x.png", "valid")]
    public void Pictures_beside_the_splits_are_named(string picture, string folderName)
    {
        using var folder = new TempFolder().With("train/a/1.png", "train/b/2.png", picture);
        var error = Assert.Throws<HkaFerException>(() => DataSource.Parse(folder.Root).Open());
        Assert.Contains(folder.PathOf(picture), error.Message);
        Assert.Contains($"Move '{folder.PathOf(folderName)}' into a split", error.Message);
    }

    [Fact]
    public void Folders_without_pictures_may_stand_beside_the_splits()
    {
        using var folder = new TempFolder().With("train/a/1.png", ".cache/a/2.png").WithText("docs/readme.txt", "").WithFolder("empty");
        Assert.Equal(1, DataSource.Parse(folder.Root).Open().Count);
    }

    [Fact]
    public void Set_aside_part_is_seeded_stratified_and_disjoint()
    {
        using var folder = new TempFolder();
        for (int i = 0; i < 20; i++) folder.With($"a/{i}.png", $"b/{i}.png");
        var source = DataSource.Parse(folder.Root + "?valid=0.2&seed=1");
        var (train, valid) = (source.Open("train"), source.Open("valid"));
        Assert.Equal([16, 16], train.ClassCounts());
        Assert.Equal([4, 4], valid.ClassCounts());
        Assert.Empty(Paths(train).Intersect(Paths(valid)));
        Assert.Equal(Paths(valid), Paths(source.Open("valid")));
        Assert.NotEqual(Paths(valid), Paths(DataSource.Parse(folder.Root + "?valid=0.2&seed=2").Open("valid")));
    }

    [Fact]
    public void Hidden_and_foreign_files_are_passed_over()
    {
        using var folder = new TempFolder()
            .With("a/1.png", "a/._1.png", "a/.DS_Store", ".git/x/2.png", "__MACOSX/a/3.png")
            .WithText("a/notes.txt", "");
        Assert.Equal([("1.png", 0)], Rows(DataSource.Parse(folder.Root).Open("all")));
    }

    [Fact]
    public void Empty_class_folder_is_named()
    {
        using var folder = new TempFolder().With("train/a/1.png").WithFolder("train/b");
        var error = Assert.Throws<HkaFerException>(() => DataSource.Parse(folder.Root).Open());
        Assert.Contains(folder.PathOf("train/b"), error.Message);
        Assert.Contains("it is empty", error.Message);
    }

    [Fact]
    public void Class_folder_with_other_files_names_one_and_the_formats()
    {
        using var folder = new TempFolder().With("a/1.bmp");
        var error = Assert.Throws<HkaFerException>(() => DataSource.Parse(folder.Root).Open("all"));
        Assert.Contains("1.bmp", error.Message);
        Assert.Contains(".webp", error.Message);
    }

    [Fact]
    public void Two_names_of_one_class_are_named()
    {
        using var folder = new TempFolder().With("happy/1.png", "happiness/2.png");
        var error = Assert.Throws<HkaFerException>(() => DataSource.Parse(folder.Root).Open("all"));
        Assert.Contains("both the class 'happiness'", error.Message);
    }

    [Fact]
    public void Two_names_of_one_split_are_named()
    {
        using var folder = new TempFolder().With("val/a/1.png", "valid/a/2.png");
        Assert.Contains("both the split 'valid'", Assert.Throws<HkaFerException>(() => DataSource.Parse(folder.Root).Splits()).Message);
    }

    [Theory]
    [InlineData(null, "it holds no folders")]
    [InlineData("1.png", "no folder per class")]
    public void Folder_without_classes_is_named(string? picture, string fault)
    {
        using var folder = new TempFolder();
        if (picture is not null) folder.With(picture);
        Assert.Contains(fault, Assert.Throws<HkaFerException>(() => DataSource.Parse(folder.Root).Open("all")).Message);
    }

    [Fact]
    public void Missing_folder_is_named() =>
        Assert.Contains("/no/such", Assert.Throws<HkaFerException>(() => DataSource.Parse("folder:/no/such").Open()).Message);

    [Fact]
    public void Link_back_into_the_tree_ends()
    {
        using var folder = new TempFolder().With("train/a/1.png");
        Directory.CreateSymbolicLink(folder.PathOf("train/a/loop"), folder.Root);
        Assert.Equal(1, DataSource.Parse(folder.Root).Open().Count);
    }

    [Fact]
    public void Link_to_a_missing_picture_is_named()
    {
        using var folder = new TempFolder().With("train/a/1.png");
        File.CreateSymbolicLink(folder.PathOf("train/a/2.png"), folder.PathOf("gone.png"));
        var error = Assert.Throws<HkaFerException>(() => DataSource.Parse(folder.Root).Open());
        Assert.Contains("2.png", error.Message);
    }

    private static IEnumerable<(string, int)> Rows(ImageDataset data) =>
        Enumerable.Range(0, data.Count).Select(i => (Path.GetFileName(data[i].Path), data[i].Label)).Order();

    private static string[] Paths(ImageDataset data) => [.. Enumerable.Range(0, data.Count).Select(i => data[i].Path)];
}
