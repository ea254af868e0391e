using HkaFer.Testing;

namespace HkaFer.Data.Tests.Datasets;

public class AffectNetReaderTests
{
    private const string Header = "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal\n";
    private const string Train = "Manually_Annotated_file_lists/training.csv", Valid = "Manually_Annotated_file_lists/validation.csv";

    [Theory]
    [InlineData("", new[] { 0, 1, 3, 2, 6, 5, 4 })]
    [InlineData("?classes=8", new[] { 0, 1, 3, 2, 6, 5, 4, 7 })]
    public void Expressions_have_the_programs_labels_and_what_is_none_is_left_out(string options, int[] labels)
    {
        using var folder = Tree(Header + string.Concat(Enumerable.Range(0, 11).Select(Row)));
        var data = DataSource.Parse($"affectnet:{folder.Root}{options}").OpenUnchecked("train");
        Assert.Equal(labels, RafDbReaderTests.Labels(data));
        Assert.Equal(labels.Length, data.Classes.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData(Header)]
    [InlineData("\uFEFFsubDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal\r\n")]
    [InlineData("expression,SubDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks\nhappy,1/1.jpg,2,1,5,4,\n", true)]
    public void Header_may_be_missing_or_in_another_order(string header, bool whole = false)
    {
        using var folder = Tree(whole ? header : header + Row(1));
        var data = DataSource.Parse($"affectnet:{folder.Root}").Open();
        Assert.Equal((1, 1), (data.Count, data[0].Label));
        Assert.Equal(Pictures.Ramp(10, 10).Crop(2, 1, 5, 4).Pixels, data.Load(0).Pixels);
    }

    [Fact]
    public void Picture_without_a_face_is_left_out()
    {
        using var folder = Tree(Row(1) + "1/2.jpg,0,0,-1,-1,,2,-2,-2\n");
        Assert.Equal(1, DataSource.Parse($"affectnet:{folder.Root}").Open().Count);
    }

    [Fact]
    public void Face_is_aligned_by_the_68_points()
    {
        // Eyes, nose and mouth where the template has them: 36 to 47, 30, 48 and 54.
        var t = FaceLandmarks.Template;
        var points = Enumerable.Range(0, 68).Select(i => i is >= 36 and < 42 ? t[0] : i is >= 42 and < 48 ? t[1] : i == 30 ? t[2] : i == 48 ? t[3] : i == 54 ? t[4] : (0, 0));
        string text = string.Join(';', points.Select(p => FormattableString.Invariant($"{p.Item1};{p.Item2}")));
        using var folder = Tree($"1/9.jpg,0,0,9,9,{text},3,0,0\n").WithImage("Manually_Annotated_Images/1/9.jpg", Pictures.Noise(112, 112, 1));
        var face = DataSource.Parse($"affectnet:{folder.Root}?crop=landmarks").Open().Load(0);
        Assert.Equal(FaceLandmarks.Size, face.Width);
        // Twice as large, with the centres of two pixels a quarter to each side.
        byte[] whole = Pictures.Noise(112, 112, 1).Pixels;
        Assert.Equal((9 * whole[0] + 3 * whole[3] + 3 * whole[336] + whole[339]) / 16.0, face.Pixels[((1 * 224) + 1) * 3], 1.0);
    }

    [Theory]
    [InlineData("1/1.jpg,2,1,5,4,,11,0,0\n", "label '11'")]
    [InlineData("1/1.jpg,2,1,5\n", "4 columns")]
    [InlineData("1/1.jpg,2,x,5,4,,1,0,0\n", "'x' is no number")]
    [InlineData("1/1.jpg,2,1,NaN,4,,1,0,0\n", "no box")]
    [InlineData("1/1.jpg,2,1,1e99,4,,1,0,0\n", "no box")]
    [InlineData("../../1.jpg,2,1,5,4,,1,0,0\n", "leads out")]
    [InlineData("/etc/1.jpg,2,1,5,4,,1,0,0\n", "leads out")]
    [InlineData("1/1.jpg,2,1,5,4,,1,0,0\n1/1.jpg,2,1,5,4,,2,0,0\n", "already on line 1")]
    [InlineData("1/7.jpg,2,1,5,4,,1,0,0\n", "missing")]
    [InlineData("subDirectory_filePath,expression\n", "no column 'face_x'")]
    public void Bad_line_is_named(string list, string fault)
    {
        using var folder = Tree(list);
        string message = Assert.Throws<HkaFerException>(() => DataSource.Parse($"affectnet:{folder.Root}").Open()).Message;
        Assert.Contains("training.csv", message);
        Assert.Contains(fault, message);
    }

    [Fact]
    public void Release_of_2021_has_labels_in_NumPy_files_of_any_type()
    {
        byte[][] labels = [Npy.Integer("<i8", 0), Npy.Integer("|u1", 1), Npy.Integer(">i4", 2), Npy.Integer("<i2", 3), Npy.Text("U", "4"), Npy.Text("S", "5"), Npy.Integer("<i8", 7)];
        using var folder = new TempFolder();
        for (int i = 0; i < labels.Length; i++)
        {
            folder.With($"train_set/images/{i}.jpg").WithFolder("train_set/annotations");
            File.WriteAllBytes(folder.PathOf($"train_set/annotations/{i}_exp.npy"), labels[i]);
        }

        var source = DataSource.Parse($"affectnet:{folder.Root}");
        Assert.Equal(["train"], source.Splits());
        Assert.Equal([0, 1, 3, 2, 6, 5], RafDbReaderTests.Labels(source.Open()));
        Assert.Equal(7, DataSource.Parse($"affectnet:{folder.Root}?classes=8").Open()[6].Label);
    }

    [Theory]
    [InlineData("no numbers")]
    [InlineData("")]
    public void Annotation_that_is_no_NumPy_file_is_named(string content)
    {
        using var folder = new TempFolder().WithText("val_set/annotations/3_exp.npy", content).With("val_set/images/3.jpg");
        Assert.Contains("3_exp.npy", Assert.Throws<HkaFerException>(() => DataSource.Parse($"affectnet:{folder.Root}").Open("valid")).Message);
    }

    [Theory]
    [InlineData("occlusion", "", 592, 592, false)]
    [InlineData("pose30", "", 1_749, 1_745, true)]
    [InlineData("pose45", "", 889, 888, true)]
    [InlineData("occlusion", "&classes=8", null, 683, false)]
    [InlineData("pose30", "&classes=8", null, 1_944, true)]
    [InlineData("pose45", "&classes=8", null, 983, true)]
    public void Published_lists_of_the_validation_split_are_read_whole(string subset, string options, int? published, int count, bool twice)
    {
        string lists = Fixtures.RequireData("ran-lists");
        // The pictures that are on the lists, labelled as there.
        var rows = Directory.GetFiles(Path.Combine(lists, "AffectNet_dir")).SelectMany(File.ReadAllLines).Select(l => l.Replace("val/", "").Split('/'))
            .Select(p => $"1/{Path.GetFileNameWithoutExtension(p[1])}.jpg,2,1,5,4,,{p[0]},0,0\n").Distinct();
        using var folder = Tree("").WithText(Valid, string.Concat(rows));
        var source = DataSource.Parse($"affectnet:{folder.Root}?subset={subset}&list={lists}{options}");
        Assert.Equal(["valid"], source.Splits());
        var data = source.OpenUnchecked("valid");
        Assert.Equal((published, count), (source.Published("valid"), data.Count));
        Assert.Equal(twice, data.Notes.Any(n => n.Contains("again, which counts once")));
    }

    [Fact]
    public void Published_counts_are_those_of_the_classes_in_use()
    {
        using var folder = Tree(Row(1)).WithText(Valid, Row(1));
        Assert.Equal((283_901, 3_500), (DataSource.Parse($"affectnet:{folder.Root}").Published("train"), DataSource.Parse($"affectnet:{folder.Root}").Published("valid")));
        Assert.Equal(4_000, DataSource.Parse($"affectnet:{folder.Root}?classes=8").Published("valid"));
    }

    private static string Row(int expression) => $"1/{expression}.jpg,2,1,5,4,1;2,{expression},0.1,0.2\n";

    private static TempFolder Tree(string train) => new TempFolder().WithText(Train, train).WithImage("Manually_Annotated_Images/1/1.png", Pictures.Ramp(10, 10));
}
