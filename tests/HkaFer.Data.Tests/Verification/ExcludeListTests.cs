using HkaFer.Data.Tests.Datasets;

namespace HkaFer.Data.Tests.Verification;

public class ExcludeListTests
{
    [Fact]
    public void List_names_what_is_unfit_and_spares_what_is_scored()
    {
        using var folder = new TempFolder()
            .WithImage("train/happy/leaked.png", s_first).WithImage("test/happy/leaked.png", s_first)
            .WithImage("train/happy/torn.png", s_second).WithImage("train/sad/torn.png", s_second)
            .WithImage("test/happy/judged.png", s_third).WithImage("test/sad/judged.png", s_third)
            .WithImage("train/sad/fine.png", Pictures.Noise(8, 8, seed: 4)).WithText("train/sad/broken.png", "no picture");
        string[] before = Snapshot(folder);
        Assert.Equal(6, Write(folder, "exclude.txt"));
        Assert.Equal(
            ["test/happy/judged.png", "test/sad/judged.png", "train/happy/leaked.png", "train/happy/torn.png", "train/sad/broken.png", "train/sad/torn.png"],
            File.ReadLines(folder.PathOf("exclude.txt")).Where(l => !l.StartsWith('#')).Order(StringComparer.Ordinal));
        Assert.Equal(before, Snapshot(folder).Where(l => !l.StartsWith("exclude.txt", StringComparison.Ordinal)));
    }

    [Fact]
    public void Odd_names_stand_in_the_list_as_paths()
    {
        using var folder = new TempFolder().WithText("train/# odd name/a.png", "x").WithText("train/b/ ä 顔 .png", "x").With("train/c/x.png");
        Write(folder, "train/exclude.txt");
        Assert.Equal(
            ["./# odd name/a.png", "b/ ä 顔 .png"],
            File.ReadLines(folder.PathOf("train/exclude.txt")).Where(l => !l.StartsWith('#')).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void List_elsewhere_has_whole_paths()
    {
        using var folder = new TempFolder().WithText("set/a/x.png", "x").With("set/a/y.png").WithFolder("lists");
        ExcludeList.Write(folder.PathOf("lists/l.txt"), DatasetReport.Verify(DataSource.Parse(folder.PathOf("set"))), "set");
        Assert.Contains(folder.PathOf("set/a/x.png"), File.ReadAllLines(folder.PathOf("lists/l.txt")));
    }

    [Fact]
    public void Picture_without_a_file_is_listed_by_its_name()
    {
        string grey = string.Join(' ', Enumerable.Repeat(7, 48 * 48));
        using var folder = new TempFolder()
            .WithText("fer2013new.csv", "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"
                + "Training,fer1.png,9,0,0,0,0,0,0,0,0,0\nPublicTest,fer2.png,9,0,0,0,0,0,0,0,0,0\nPrivateTest,fer3.png,0,9,0,0,0,0,0,0,0,0\n")
            .WithText("fer2013.csv", $"emotion,Usage,pixels\n0,Training,{grey}\n0,PublicTest,{grey}\n0,PrivateTest,{grey}\n");
        ExcludeList.Write(folder.PathOf("l.txt"), DatasetReport.Verify(DataSource.Parse($"ferplus:{folder.Root}")), "set");
        Assert.Equal("fer1.png", Assert.Single(File.ReadLines(folder.PathOf("l.txt")), l => !l.StartsWith('#')));
    }

    [Fact]
    public void Own_list_is_replaced_and_any_other_file_is_left_alone()
    {
        using var folder = new TempFolder().WithText("a/x.png", "x").With("a/y.png").WithText("notes.txt", "mine");
        Write(folder, "l.txt");
        Write(folder, "l.txt");
        Assert.Contains("another name", Assert.Throws<HkaFerException>(() => Write(folder, "notes.txt")).Message);
        Assert.Contains("another name", Assert.Throws<HkaFerException>(() => Write(folder, "a/y.png")).Message);
        Assert.Contains("folder", Assert.Throws<HkaFerException>(() => ExcludeList.CheckTarget(folder.Root)).Message);
        Assert.Equal("mine", File.ReadAllText(folder.PathOf("notes.txt")));
    }

    [Theory]
    [InlineData("# hkafer exclude list\r\na.png\r\n\r\n  \r\n# why\r\nb/c.png", 2)]
    [InlineData("\uFEFF# mark\na.png\na.png\n./a.png\n", 1)]
    [InlineData("", 0)]
    public void Line_ends_marks_and_blank_lines_are_no_paths(string text, int count) => Assert.Equal(count, ExcludeList.Parse(text, "/lists/l.txt").Count);

    [Fact]
    public void Bad_list_is_an_error_that_names_it()
    {
        using var folder = new TempFolder().WithText("nul.txt", "a\nb\0c\n");
        File.WriteAllBytes(folder.PathOf("latin.txt"), [0x61, 0xE4, 0x0A]);
        Assert.Contains("nul.txt' line 2", Assert.Throws<HkaFerException>(() => ExcludeList.Read(folder.PathOf("nul.txt"))).Message);
        Assert.Contains("latin.txt' is no UTF-8", Assert.Throws<HkaFerException>(() => ExcludeList.Read(folder.PathOf("latin.txt"))).Message);
        Assert.Contains("--fix", Assert.Throws<HkaFerException>(() => ExcludeList.Read(folder.PathOf("absent.txt"))).Message);
        Assert.Contains("absent", Assert.Throws<HkaFerException>(() => ExcludeList.Read(folder.PathOf("absent/x.txt"))).Message);
    }

    [Fact]
    public void Path_with_a_line_break_cannot_be_listed()
    {
        using var folder = new TempFolder().WithText("a/x\ny.png", "x").With("a/z.png");
        Assert.Contains("line break", Assert.Throws<HkaFerException>(() => Write(folder, "l.txt")).Message);
        Assert.False(File.Exists(folder.PathOf("l.txt")));
    }

    private static readonly Image s_first = Pictures.Noise(8, 8, seed: 1), s_second = Pictures.Noise(8, 8, seed: 2), s_third = Pictures.Noise(8, 8, seed: 3);

    private static int Write(TempFolder folder, string name) =>
        ExcludeList.Write(folder.PathOf(name), DatasetReport.Verify(DataSource.Parse($"folder:{folder.Root}")), "set");

    private static string[] Snapshot(TempFolder folder) =>
        [.. Directory.EnumerateFiles(folder.Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(f => $"{Path.GetRelativePath(folder.Root, f)} {Convert.ToHexString(File.ReadAllBytes(f))} {File.GetLastWriteTimeUtc(f):O}")];
}
