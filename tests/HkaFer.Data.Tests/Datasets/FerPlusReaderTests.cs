using HkaFer.Testing;

namespace HkaFer.Data.Tests.Datasets;

public class FerPlusReaderTests
{
    [Theory]
    [InlineData("5,1,1,1,1,1,0,0,0,0", 0)]      // single votes are slips
    [InlineData("0,5,4,0,0,0,0,0,0,0", 1)]      // 5 of 9 is more than half
    [InlineData("0,0,5,5,0,0,0,0,0,0", null)]   // half is not more than half
    [InlineData("4,0,0,3,0,0,0,0,0,3", null)]   // "not a face" counts in the sum
    [InlineData("2,0,0,0,0,0,0,0,8,0", null)]   // mostly unknown
    [InlineData("1,1,1,1,1,1,1,1,1,1", null)]   // nothing but slips
    [InlineData("0,0,0,0,0,0,0,9,1,0", 7)]
    public void Majority_keeps_more_than_half_of_what_is_no_slip(string votes, int? label) =>
        Assert.Equal(label, FerPlusVotes.Majority(votes.Split(',').Select(int.Parse).ToArray()));

    [Theory]
    [InlineData("train", 25_045)]
    [InlineData("valid", 3_191)]
    public void Published_lists_give_the_published_counts(string split, int count)
    {
        var data = DataSource.Parse($"ferplus:{Fixtures.RequireData("ferplus")}").Open(split);
        Assert.Equal(count, data.Count);
        Assert.Equal(Expressions.Names, data.Classes);
        Assert.Equal((48, 48), (data.Load(0).Width, data.Load(0).Height));
    }

    [Fact]
    public void Splits_are_those_on_the_disk()
    {
        using var folder = Folder("FER2013Valid", "a.png,\"(0, 0, 48, 48)\",9,0,0,0,0,0,0,0,0,0\n").With("FER2013Valid/a.png");
        var source = DataSource.Parse($"ferplus:{folder.Root}");
        Assert.Equal(["valid"], source.Splits());
        Assert.Contains("there is valid", Assert.Throws<HkaFerException>(() => source.Open("train")).Message);
    }

    [Fact]
    public void List_of_windows_with_byte_order_mark_and_header_is_read()
    {
        using var folder = Folder("FER2013Train",
            "\uFEFFname,box,n,h,su,sa,a,d,f,c,u,nf\r\na.png,\"(0, 0, 48, 48)\",0,9,0,0,0,0,0,0,0,0\r\n").With("FER2013Train/a.png");
        var data = DataSource.Parse($"ferplus:{folder.Root}").Open();
        Assert.Equal((1, 1), (data.Count, data[0].Label));
    }

    [Theory]
    [InlineData("a.png,\"(0, 0, 48, 48)\",9,0,0\n", "line 1", "12 columns")]
    [InlineData("a.png,\"(0, 0, 48, 48)\",9,0,0,0,0,0,0,0,0,0\nb.png,\"(0, 0, 48, 48)\",9,0,0,x,0,0,0,0,0,0\n", "line 2", "'x'")]
    [InlineData("a.png,\"(0, 0, 48, 48)\",9,0,0,0,0,0,0,0,0,0\na.png,\"(0, 0, 48, 48)\",9,0,0,0,0,0,0,0,0,0\n", "line 2", "twice")]
    [InlineData("b.png,\"(0, 0, 48, 48)\",9,0,0,0,0,0,0,0,0,0\n", "b.png", "missing")]
    [InlineData("a.png,\"(0, 0, 48, 48)\",1,0,0,0,0,0,0,0,0,0\n", "label.csv", "no face")]
    [InlineData("a.png,\"(0, 0, 48, 48)\",x,0,0,0,0,0,0,0,0,9\n", "line 1", "'x'")]
    [InlineData("a\0.png,\"(0, 0, 48, 48)\",9,0,0,0,0,0,0,0,0,0\n", "line 1", "no text")]
    [InlineData(",\"(0, 0, 48, 48)\",9,0,0,0,0,0,0,0,0,0\n", "line 1", "empty")]
    public void Bad_list_names_line_and_fault(string list, string where, string fault)
    {
        using var folder = Folder("FER2013Train", list).With("FER2013Train/a.png");
        var error = Assert.Throws<HkaFerException>(() => DataSource.Parse($"ferplus:{folder.Root}").Open());
        Assert.Contains(where, error.Message);
        Assert.Contains(fault, error.Message);
    }

    [Fact]
    public void Empty_folder_names_what_was_expected()
    {
        using var folder = new TempFolder();
        var error = Assert.Throws<HkaFerException>(() => DataSource.Parse($"ferplus:{folder.Root}").Open());
        Assert.Contains("label.csv", error.Message);
        Assert.Contains("fer2013new.csv", error.Message);
    }

    [Fact]
    public void Unknown_label_rule_names_the_nearest()
    {
        var error = Assert.Throws<HkaFerException>(() => DataSource.Parse("ferplus:/x?labels=majorty").Open());
        Assert.Contains("unknown labels=majorty; did you mean 'majority'?", error.Message);
    }

    // What the published code (microsoft/FERPlus, src/ferplus.py) makes of the same votes.
    [Theory]
    [InlineData("6,0,0,3,1,0,0,0,0,0", "6,0,0,3,0,0,0,0", "6,0,0,3,0,0,0,0")]    // the single vote is a slip
    [InlineData("8,0,0,2,0,0,0,0,0,0", "8,0,0,0,0,0,0,0", "8,0,0,0,0,0,0,0")]    // three quarters are reached
    [InlineData("3,3,2,2,0,0,0,0,0,0", null, "3,3,0,0,0,0,0,0")]                  // equal votes count together: four are too many
    [InlineData("3,3,0,0,0,0,0,0,3,0", "3,3,0,0,0,0,0,0", "3,3,0,0,0,0,0,0")]    // an equal "unknown" does not count ..
    [InlineData("4,0,0,0,0,0,0,0,5,0", null, null)]                               // .. a larger one decides ..
    [InlineData("4,0,0,0,0,0,0,0,4,2", null, "4,0,0,0,0,0,0,0")]                  // .. and without it too little is left
    [InlineData("2,2,2,2,2,0,0,0,0,0", null, null)]
    [InlineData("5,0,0,0,0,0,0,0,3,2", null, "5,0,0,0,0,0,0,0")]
    [InlineData("1,1,1,1,1,1,1,1,1,1", null, null)]
    public void Soft_labels_are_the_published_ones(string votes, string? distribution, string? targets)
    {
        int[] counts = [.. votes.Split(',').Select(int.Parse)];
        Assert.Equal(Shares(distribution), FerPlusVotes.Label(counts, FerPlusRule.CrossEntropy)?.Shares);
        Assert.Equal(Shares(distribution), FerPlusVotes.Label(counts, FerPlusRule.Probability)?.Shares);
        Assert.Equal(Shares(targets), FerPlusVotes.Label(counts, FerPlusRule.MultiTarget)?.Shares);
    }

    // Counts and sums that the published code gives on the published list.
    [Theory]
    [InlineData("crossentropy", 27_947, new[] { 9426.5278, 7519.3591, 3473.0651, 3824.3675, 2426.2782, 237.8817, 791.5377, 247.9829 })]
    [InlineData("probability", 27_947, new[] { 9426.5278, 7519.3591, 3473.0651, 3824.3675, 2426.2782, 237.8817, 791.5377, 247.9829 })]
    [InlineData("multitarget", 27_667, null)]
    public void Published_lists_give_the_published_soft_labels(string rule, int count, double[]? sums)
    {
        var source = DataSource.Parse($"ferplus:{Fixtures.RequireData("ferplus")}?labels={rule}");
        var train = source.OpenUnchecked("train");
        Assert.Equal(count, train.Count);
        double[] shares = [.. Enumerable.Range(0, 8).Select(c => Enumerable.Range(0, count).Sum(i => (double)train.SoftLabel(i)![c]))];
        Assert.All((sums ?? []).Zip(shares), s => Assert.Equal(s.First, s.Second, 1e-3));
        Assert.Equal(3_191, source.OpenUnchecked("valid").Count);
        Assert.Null(source.OpenUnchecked("valid").SoftLabel(0));
    }

    [Theory]
    [InlineData("majority", null)]
    [InlineData("crossentropy", SoftLabelUse.Distribution)]
    [InlineData("probability", SoftLabelUse.Draw)]
    [InlineData("multitarget", SoftLabelUse.AnyOf)]
    public void Rule_says_what_training_does_in_both_forms(string rule, SoftLabelUse? use)
    {
        using var list = Folder("FER2013Train", "a.png,\"(0, 0, 48, 48)\",6,0,0,4,0,0,0,0,0,0\n").With("FER2013Train/a.png");
        using var pixels = new TempFolder().WithText("fer2013new.csv", Votes + "Training,a.png,6,0,0,4,0,0,0,0,0,0\n")
            .WithText("fer2013.csv", $"emotion,Usage,pixels\n0,Training,{Grey(1)}\n");
        foreach (string folder in (string[])[list.Root, pixels.Root])
        {
            var train = new CachedDataset(DataSource.Parse($"ferplus:{folder}?labels={rule}").Open());
            Assert.Equal(0, train[0].Label);
            Assert.Equal(use is null ? null : [0.6f, 0, 0, 0.4f, 0, 0, 0, 0], train.SoftLabel(0));
            Assert.Equal(use ?? SoftLabelUse.Distribution, train.SoftLabelUse);
        }
    }

    private static float[]? Shares(string? votes)
    {
        float[]? counts = votes?.Split(',').Select(float.Parse).ToArray();
        return counts?.Select(v => v / counts.Sum()).ToArray();
    }

    [Fact]
    public void Pixels_beside_votes_are_read_line_for_line()
    {
        using var folder = new TempFolder()
            .WithText("fer2013new.csv",
                Votes + "Training,,0,9,0,0,0,0,0,0,0,0\nTraining,fer1.png,0,0,9,0,0,0,0,0,0,0\nPublicTest,fer2.png,9,0,0,0,0,0,0,0,0,0\n")
            .WithText("fer2013.csv", $"emotion, Usage, pixels\n0,Training,{Grey(1)}\n0,Training,{Grey(7)}\n0,PublicTest,{Grey(9)}\n");
        var train = DataSource.Parse($"ferplus:{folder.Root}").Open();
        Assert.Equal(new Sample("fer1.png", 2), train[0]);
        Assert.Equal(1, train.Count);
        Assert.All(train.Load(0).Pixels, p => Assert.Equal(7, p));
    }

    [Theory]
    [InlineData("0,Training,1 2 3\n", "line 2")]
    [InlineData("", "ends before line 2")]
    public void Pixels_that_do_not_fit_the_votes_are_named(string row, string fault)
    {
        using var folder = new TempFolder()
            .WithText("fer2013new.csv", Votes + "Training,fer0.png,0,9,0,0,0,0,0,0,0,0\n")
            .WithText("fer2013.csv", "emotion,Usage,pixels\n" + row);
        Assert.Contains(fault, Assert.Throws<HkaFerException>(() => DataSource.Parse($"ferplus:{folder.Root}").Open()).Message);
    }

    private const string Votes = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n";

    private static string Grey(int value) => string.Join(' ', Enumerable.Repeat(value, 48 * 48));

    private static TempFolder Folder(string split, string list) => new TempFolder().WithText($"{split}/label.csv", list);
}
