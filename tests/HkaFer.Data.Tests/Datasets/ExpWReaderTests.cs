namespace HkaFer.Data.Tests.Datasets;

public class ExpWReaderTests
{
    [Fact]
    public void Face_is_cropped_by_top_left_right_bottom()
    {
        using var folder = new TempFolder().WithText("label.lst", "a b.jpg 0 1 2 7 5 44.9 3\r\na b.jpg 1 0 0 4 4 44.9 6\r\n").WithImage("image/a b.jpg", Pictures.Ramp(10, 10));
        // Of one picture, three quarters round to one: it is trained on.
        var data = DataSource.Parse($"expw:{folder.Root}").Open("train");
        Assert.Equal([1, 0], RafDbReaderTests.Labels(data));
        Assert.Equal(folder.PathOf("image/a b.jpg#1"), data[1].Path);
        Assert.Equal(Pictures.Ramp(10, 10).Crop(2, 1, 5, 4).Pixels, data.Load(0).Pixels);
        Assert.Equal(4, data.Load(1).Width);
        Assert.NotEqual(data.Source(0), data.Source(1));
    }

    [Fact]
    public void Split_is_by_picture_and_seed()
    {
        using var folder = Tree(200);
        var parts = ((string[])["train", "valid", "test"]).Select(split => Names($"expw:{folder.Root}?seed=3", split)).ToArray();
        Assert.Equal([150, 20, 30], parts.Select(p => p.Count));
        Assert.Equal(200, parts.SelectMany(p => p).Distinct().Count());
        Assert.Equal(parts[0], Names($"expw:{folder.Root}?seed=3", "train"));
        Assert.NotEqual(parts[0], Names($"expw:{folder.Root}?seed=4", "train"));
    }

    [Fact]
    public void Classes_are_the_seven_in_the_programs_order()
    {
        using var folder = Tree(200);
        var data = DataSource.Parse($"expw:{folder.Root}").OpenUnchecked("train");
        // The picture's number in its name is the data set's label.
        int[] expected = [4, 5, 6, 1, 3, 2, 0];
        Assert.All(Enumerable.Range(0, data.Count), i => Assert.Equal(expected[int.Parse(Path.GetFileName(data[i].Path).Split('_')[0])], data[i].Label));
        Assert.Contains("91,793 are published", Assert.Single(data.Notes));
    }

    [Theory]
    [InlineData("a.jpg 0 1 2 7 5 44.9\n", "7 columns")]
    [InlineData("a.jpg 0 1 2 7 5 44.9 7\n", "label '7'")]
    [InlineData("a.jpg 0 1 7 2 5 44.9 3\n", "no box")]
    [InlineData("a.jpg 0 1 2 x 5 44.9 3\n", "'x' is no number")]
    [InlineData("a.jpg 0 1 -1e30 7 5 44.9 3\n", "no box")]
    [InlineData("../a.jpg 0 1 2 7 5 44.9 3\n", "leads out")]
    public void Bad_line_is_named(string list, string fault)
    {
        using var folder = new TempFolder().WithText("label/label.lst", list).With("image/a.jpg");
        string message = Assert.Throws<HkaFerException>(() => DataSource.Parse($"expw:{folder.Root}").OpenUnchecked("train")).Message;
        Assert.Contains("line 1", message);
        Assert.Contains(fault, message);
    }

    [Fact]
    public void Same_face_twice_with_another_label_is_an_error()
    {
        using var folder = new TempFolder().WithText("label.lst", string.Concat(Enumerable.Range(0, 9).Select(i => $"{i}.jpg 0 1 2 7 5 44.9 3\n{i}.jpg 0 1 2 7 5 44.9 4\n"))).WithFolder("image");
        Assert.Contains("with another label", Assert.Throws<HkaFerException>(() => DataSource.Parse($"expw:{folder.Root}").OpenUnchecked("train")).Message);
    }

    private static HashSet<string> Names(string source, string split)
    {
        var data = DataSource.Parse(source).OpenUnchecked(split);
        return [.. Enumerable.Range(0, data.Count).Select(i => Path.GetFileName(data[i].Path).Split('#')[0])];
    }

    private static TempFolder Tree(int pictures) => new TempFolder().WithFolder("image").WithText("label.lst", string.Concat(
        Enumerable.Range(0, pictures).SelectMany(i => Enumerable.Range(0, 2).Select(face => $"{i % 7}_{i}.jpg {face} 1 2 7 5 44.9 {i % 7}\n"))));
}
