namespace HkaFer.Data.Tests.Datasets;

public class DatasetReportTests
{
    [Fact]
    public void Report_counts_classes_and_names_every_broken_picture()
    {
        using var folder = new TempFolder().With("train/happy/1.png", "train/sad/2.png", "train/sad/3.png")
            .WithText("train/sad/bad.png", "no picture").WithText("train/happy/worse.jpg", "");
        int told = 0;
        var report = DatasetReport.Verify(DataSource.Parse(folder.Root), (_, total) =>
        {
            Assert.Equal(5, total);
            Interlocked.Increment(ref told);
        });
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
            () => DatasetReport.Verify(DataSource.Parse("faces:?count=1000000"), (_, _) => stop.Cancel(), stop.Token));
    }
}
