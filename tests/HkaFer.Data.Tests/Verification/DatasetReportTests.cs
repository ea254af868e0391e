using HkaFer.Data.Tests.Datasets;
using HkaFer.Testing;

namespace HkaFer.Data.Tests.Verification;

public class DatasetReportTests
{
    [Fact]
    public void Report_counts_classes_and_names_every_broken_picture()
    {
        using var folder = new TempFolder().With("train/happy/1.png", "train/sad/2.png", "train/sad/3.png")
            .WithText("train/sad/bad.png", "no picture").WithText("train/happy/worse.jpg", "");
        int told = 0;
        var report = DatasetReport.Verify(DataSource.Parse(folder.Root), progress: new DirectProgress<(int Done, int Total)>(p =>
        {
            Assert.Equal(5, p.Total);
            Interlocked.Increment(ref told);
        }));
        Assert.Equal("folder", report.Kind);
        Assert.Equal(5, report.Splits["train"].Count);
        Assert.Equal([("happiness", 2), ("sadness", 3)], report.Splits["train"].Classes.Select(c => (c.Key, c.Value)));
        Assert.Equal(["worse.jpg", "bad.png"], report.Problems.Select(p => Path.GetFileName(p.Path)));
        Assert.Equal(5, told);
    }

    [Fact]
    public void Broken_split_does_not_hide_the_others()
    {
        using var folder = new TempFolder().With("train/a/1.png").WithFolder("test/a");
        var report = DatasetReport.Verify(DataSource.Parse(folder.Root));
        Assert.Equal(["train"], report.Splits.Keys);
        Assert.Contains("test", Assert.Single(report.Problems).Problem);
    }

    [Fact]
    public void Cancelled_report_stops()
    {
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(
            () => DatasetReport.Verify(DataSource.Parse("faces:?count=1000000"), progress: new DirectProgress<(int Done, int Total)>(_ => stop.Cancel()), cancel: stop.Token));
    }

    [Fact]
    public void Same_pixels_are_found_whatever_the_file_and_told_with_split_and_label()
    {
        using var folder = new TempFolder();
        var face = Pictures.Noise(40, 40, seed: 3);
        folder.WithImage("train/happy/a.png", face).WithImage("train/sad/b.png", face).WithImage("test/happy/c.png", face)
            .WithImage("train/happy/other.png", Pictures.Noise(40, 40, seed: 9)).With("test/sad/d.png");
        // The same pixels in other bytes.
        File.AppendAllText(folder.PathOf("train/sad/b.png"), "trailing bytes");
        var group = Assert.Single(DatasetReport.Verify(DataSource.Parse(folder.Root)).Exact);
        Assert.Equal(
            [("a.png", "train", "happiness"), ("b.png", "train", "sadness"), ("c.png", "test", "happiness")],
            group.Pictures.Select(p => (Path.GetFileName(p.Path), p.Split, p.Label)));
        Assert.True(group.AcrossSplits);
        Assert.True(group.DifferentLabels);
    }

    [Fact]
    public void Resized_and_brightened_copy_is_near_and_another_face_is_not()
    {
        using var folder = new TempFolder();
        var faces = DataSource.Parse("faces:?count=2&size=64").Open("train");
        var face = faces.Load(0);
        var copy = new Image(64, 64, [.. face.Pixels.Select(p => (byte)Math.Min(255, p + 6))]).Resize(90, 80);
        folder.WithImage("train/happy/a.png", face).WithImage("train/happy/b.png", copy).WithImage("train/sad/c.png", faces.Load(1));
        var report = DatasetReport.Verify(DataSource.Parse(folder.Root));
        Assert.Empty(report.Exact);
        Assert.Equal(["a.png", "b.png"], Assert.Single(report.Near).Pictures.Select(p => Path.GetFileName(p.Path)));
    }

    [Fact]
    public void Copies_with_other_labels_are_doubtful()
    {
        using var folder = new TempFolder().With("train/happy/a.png", "train/happy/b.png", "train/sad/c.png");
        var doubts = DatasetReport.Verify(DataSource.Parse(folder.Root)).Doubts;
        Assert.Equal([("a.png", "sadness"), ("b.png", "sadness"), ("c.png", "happiness")], doubts.Select(d => (Path.GetFileName(d.Picture.Path), d.Suspect)));
        Assert.All(doubts, d => Assert.Equal("duplicate", d.Reason));
        Assert.Equal(2.0 / 3, doubts[2].Score, 1e-12);
    }

    [Fact]
    public void Sizes_and_balance_are_told()
    {
        using var folder = new TempFolder().With("train/happy/a.png", "train/happy/b.png", "train/happy/c.png", "train/sad/d.png")
            .WithImage("train/sad/e.png", Pictures.Plain(30, 20, 1, 2, 3));
        var report = DatasetReport.Verify(DataSource.Parse(folder.Root));
        Assert.Equal(new SizeReport.Spread(1, 1, 30), report.Sizes!.Width);
        Assert.Equal(new SizeReport.Spread(1, 1, 20), report.Sizes.Height);
        Assert.Equal([(1, 1, 4), (30, 20, 1)], report.Sizes.Common);
        Assert.Equal(("happiness", "sadness", 1.5, 0.6), (report.Splits["train"].Largest, report.Splits["train"].Smallest, report.Splits["train"].Ratio, report.Splits["train"].Share("happiness")));
    }

    [Fact]
    public void Class_without_a_training_picture_is_a_problem()
    {
        using var folder = new TempFolder().With("train/happy/a.png", "valid/happy/b.png", "valid/sad/c.png");
        var report = DatasetReport.Verify(DataSource.Parse(folder.Root));
        Assert.Contains("'sadness' has no picture in the split 'train'", Assert.Single(report.Problems).Problem);
        Assert.Null(report.Splits["train"].Ratio);
    }

    [Fact]
    public void Faces_that_the_majority_barely_keeps_are_doubtful()
    {
        using var folder = new TempFolder().WithText("FER2013Train/label.csv",
            "clear.png,\"(0, 0, 1, 1)\",0,9,0,0,0,0,0,0,0,0\nhair.png,\"(0, 0, 1, 1)\",0,5,0,4,0,0,0,0,0,0\n")
            .With("FER2013Train/clear.png", "FER2013Train/hair.png");
        var doubt = Assert.Single(DatasetReport.Verify(DataSource.Parse($"ferplus:{folder.Root}")).Doubts);
        Assert.Equal(("hair.png", "happiness", "sadness", "votes"), (Path.GetFileName(doubt.Picture.Path), doubt.Picture.Label, doubt.Suspect, doubt.Reason));
        Assert.Contains("5 of 9 votes", doubt.Detail);
        Assert.Equal(0.991, doubt.Score, 1e-3);
    }

    [Theory]
    [InlineData("train", 25_045)]
    [InlineData("valid", 3_191)]
    public void Published_faces_have_the_published_count_beside_their_own(string split, int count)
    {
        var report = s_ferPlus.Value;
        Assert.Equal((count, count), (report.Splits[split].Count, report.Splits[split].Published));
    }

    [Fact]
    public void Published_faces_have_known_duplicates()
    {
        var report = s_ferPlus.Value;
        Assert.Empty(report.Problems);
        Assert.Equal((1_045, 222, 100), (report.Exact.Count, report.Exact.Count(g => g.AcrossSplits), report.Exact.Count(g => g.DifferentLabels)));
        Assert.Equal((447, 119, 55), (report.Near.Count, report.Near.Count(g => g.AcrossSplits), report.Near.Count(g => g.DifferentLabels)));
    }

    private static readonly Lazy<DatasetReport> s_ferPlus = new(() => DatasetReport.Verify(DataSource.Parse($"ferplus:{Fixtures.RequireData("ferplus")}")));
}
