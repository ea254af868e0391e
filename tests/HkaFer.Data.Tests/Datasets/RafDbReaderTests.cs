using HkaFer.Testing;

namespace HkaFer.Data.Tests.Datasets;

public class RafDbReaderTests
{
    private const string List = "EmoLabel/list_patition_label.txt";

    [Fact]
    public void Aligned_pictures_have_the_programs_labels_in_the_splits_of_their_names()
    {
        using var folder = Tree();
        var source = DataSource.Parse($"rafdb:{folder.Root}");
        Assert.Equal(["train", "test"], source.Splits());
        var train = source.Open();
        Assert.Equal(["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear"], train.Classes);
        Assert.Equal([2, 6, 5, 1, 3, 4, 0], Labels(train));
        Assert.Equal(folder.PathOf("Image/aligned/train_00001_aligned.jpg"), train[0].Path);
        Assert.Equal((1, 1), (source.Open("test").Count, source.Open("test")[0].Label));
    }

    [Theory]
    [InlineData("basic/", "list_patition_label.txt", "\n", "")]
    [InlineData("", "list_partition_label.txt", "\n", "")]
    [InlineData("", "list_patition_label.txt", "\r\n", "\uFEFF")]
    [InlineData("", "list_patition_label.txt", "\n\n", "")]
    public void List_is_read_wherever_and_however_it_was_stored(string inner, string name, string end, string mark)
    {
        using var folder = new TempFolder().WithText($"{inner}EmoLabel/{name}", mark + "train_00001.jpg 4" + end + "train_00002.jpg\thappiness" + end)
            .With($"{inner}Image/aligned/train_00001_aligned.jpg", $"{inner}Image/aligned/train_00002_aligned.png");
        Assert.Equal([1, 1], Labels(DataSource.Parse($"rafdb:{folder.Root}").Open()));
    }

    [Theory]
    [InlineData("train_00001.jpg 9", "line 1", "label '9'; expected a number from 1 to 7")]
    [InlineData("train_00001.jpg 0", "line 1", "label '0'")]
    [InlineData("train_00001.jpg 99999999999", "line 1", "label '99999999999'")]
    [InlineData("train_00001.jpg 5\ntrain_00001.jpg 4", "line 2", "already on line 1, with another label")]
    [InlineData("train_00001.jpg", "line 1", "expected such as 'train_00001.jpg 5'")]
    [InlineData("valid_00001.jpg 4", "line 1", "begins with train_ or test_")]
    [InlineData("train_00009.jpg 4", "train_00009_aligned.jpg", "missing")]
    [InlineData("train_/../../../secret.jpg 4", "line 1", "leads out of the data set")]
    [InlineData("train_\0.jpg 4", "line 1", "no text")]
    [InlineData("test_0001.jpg 4", "no split 'train'", "there is test")]
    [InlineData("", List, "lists")]
    public void Bad_list_names_place_and_fault(string list, string where, string fault)
    {
        using var folder = new TempFolder().WithText(List, list).With("Image/aligned/train_00001_aligned.jpg");
        var error = Assert.Throws<HkaFerException>(() => DataSource.Parse($"rafdb:{folder.Root}").Open());
        Assert.Contains(where, error.Message);
        Assert.Contains(fault, error.Message);
    }

    [Fact]
    public void Picture_that_is_listed_twice_with_one_label_counts_once_and_is_told()
    {
        using var folder = new TempFolder().WithText(List, "train_00001.jpg 4\ntrain_00001.jpg 4\n").With("Image/aligned/train_00001_aligned.jpg");
        var data = DataSource.Parse($"rafdb:{folder.Root}").Open();
        Assert.Equal(1, data.Count);
        Assert.Contains("again on 1 lines, the first is 2", Assert.Single(data.Notes));
    }

    [Fact]
    public void Folder_without_list_names_what_was_expected()
    {
        using var folder = new TempFolder();
        Assert.Contains("EmoLabel/list_patition_label.txt or EmoLabel/list_partition_label.txt",
            Assert.Throws<HkaFerException>(() => DataSource.Parse($"rafdb:{folder.Root}").Splits()).Message);
    }

    [Theory]
    [InlineData("Annotation/boundingbox")]
    [InlineData("boundingbox")]
    public void Original_picture_is_cropped_by_its_box(string boxes)
    {
        using var folder = Original().WithText($"{boxes}/train_00001_boundingbox.txt", "2.2 1.4 6.6 4.9 ");
        var face = DataSource.Parse($"rafdb:{folder.Root}?aligned=false&crop=box").Open().Load(0);
        Assert.Equal(Pictures.Ramp(10, 10).Crop(2, 1, 5, 4).Pixels, face.Pixels);
    }

    [Fact]
    public void Original_picture_is_aligned_by_its_landmarks_if_nothing_else_is_said()
    {
        using var folder = Original().WithText("Annotation/manual/train_00001_manu_attri.txt", "3\t4\r\n6\t4\r\n4.5\t5.5\r\n3.2\t7\r\n5.9\t7\r\n0\r\n0\r\n2\r\n");
        var data = DataSource.Parse($"rafdb:{folder.Root}?aligned=false").Open();
        Assert.Equal((FaceLandmarks.Size, FaceLandmarks.Size), (data.Load(0).Width, data.Load(0).Height));
        Assert.True(data.Source(0).Length > new FileInfo(data[0].Path).Length);
    }

    [Fact]
    public void Original_picture_is_whole_where_no_crop_is_wanted()
    {
        using var folder = Original();
        Assert.Equal(10, DataSource.Parse($"rafdb:{folder.Root}?aligned=false&crop=none").Open().Load(0).Width);
    }

    [Theory]
    [InlineData("box", "5 1 2 4", "left < right")]
    [InlineData("box", "NaN 1 2 4", "left < right")]
    [InlineData("box", "1e300 1e300 1e301 1e301", "left < right")]
    [InlineData("box", "1 2 3", "holds 3 numbers")]
    [InlineData("box", "1 2 3 x", "'x' is no number")]
    [InlineData("box", null, "_boundingbox.txt")]
    [InlineData("landmarks", "1\t1\n1\t1\n1\t1\n1\t1\n1\t1\n", "no landmarks of a face")]
    [InlineData("landmarks", "1e300\t1\n1\t1\n1\t1\n1\t1\n1\t1\n", "no landmarks of a face")]
    [InlineData("landmarks", "3\t4\n", "holds 2 numbers")]
    public void Bad_annotation_is_named_before_training(string crop, string? text, string fault)
    {
        using var folder = Original();
        string file = crop == "box" ? "Annotation/boundingbox/train_00001_boundingbox.txt" : "Annotation/manual/train_00001_manu_attri.txt";
        if (text is not null) folder.WithText(file, text);
        string message = Assert.Throws<HkaFerException>(() => DataSource.Parse($"rafdb:{folder.Root}?aligned=false&crop={crop}").Open()).Message;
        Assert.Contains("train_00001", message);
        Assert.Contains(fault, message);
    }

    [Theory]
    [InlineData("box", "100 100 120 120")]
    [InlineData("landmarks", "300\t400\n600\t400\n450\t550\n320\t700\n590\t700\n")]
    public void Annotation_beside_the_picture_is_named_with_it(string crop, string text)
    {
        using var folder = Original().WithText("boundingbox/train_00001_boundingbox.txt", text).WithText("Annotation/manual/train_00001_manu_attri.txt", text);
        var data = DataSource.Parse($"rafdb:{folder.Root}?aligned=false&crop={crop}").Open();
        Assert.Contains("not within its 10 x 10 pixels", Assert.Throws<ImageException>(() => data.Load(0)).Message);
    }

    [Theory]
    [InlineData("aligned=yes", "unknown aligned=yes")]
    [InlineData("crop=box", "add aligned=false")]
    [InlineData("aligned=false&crop=boc", "did you mean 'box'?")]
    public void Bad_option_is_named(string option, string fault)
    {
        using var folder = Tree();
        Assert.Contains(fault, Assert.Throws<HkaFerException>(() => DataSource.Parse($"rafdb:{folder.Root}?{option}").Open()).Message);
    }

    [Fact]
    public void Compound_expressions_have_their_own_classes()
    {
        using var folder = new TempFolder().WithText($"compound/{List}", "train_0001.jpg 1\ntrain_0002.jpg 11\ntrain_0003.jpg 4\ntest_0001.jpg 8\n")
            .With("compound/Image/aligned/train_0001_aligned.jpg", "compound/Image/aligned/train_0002_aligned.jpg", "compound/Image/aligned/train_0003_aligned.jpg");
        var data = DataSource.Parse($"rafdb-compound:{folder.Root}").Open();
        Assert.Equal(["happily surprised", "disgustedly surprised", "sadly angry"], Labels(data).Select(l => data.Classes[l]));
        Assert.Equal(11, data.Classes.Count);
    }

    [Fact]
    public void Basic_list_is_not_taken_for_compound_expressions()
    {
        using var folder = Tree();
        Assert.Contains("read it with rafdb:", Assert.Throws<HkaFerException>(() => DataSource.Parse($"rafdb-compound:{folder.Root}").Open()).Message);
    }

    [Fact]
    public void Verification_shows_the_published_counts()
    {
        using var folder = Tree();
        var report = DatasetReport.Verify(DataSource.Of("rafdb", folder.Root));
        Assert.Equal((7, 12_271), (report.Splits["train"].Count, report.Splits["train"].Published));
        Assert.Equal((1, 3_068), (report.Splits["test"].Count, report.Splits["test"].Published));
        Assert.All(report.Splits.Values, split => Assert.Equal(split.Published, split.PublishedClasses!.Values.Sum()));
        Assert.Equal((4_772, 680), (report.Splits["train"].PublishedClasses!["happiness"], report.Splits["test"].PublishedClasses!["neutral"]));
    }

    internal static int[] Labels(ImageDataset data) => [.. Enumerable.Range(0, data.Count).Select(i => data[i].Label)];

    private static TempFolder Original() =>
        new TempFolder().WithText(List, "train_00001.jpg 4\n").WithImage("Image/original/train_00001.jpg", Pictures.Ramp(10, 10));

    private static TempFolder Tree() => new TempFolder()
        .WithText(List, string.Concat(Enumerable.Range(1, 7).Select(i => $"train_0000{i}.jpg {i}\n")) + "test_0001.jpg 4\n")
        .With([.. Enumerable.Range(1, 7).Select(i => $"Image/aligned/train_0000{i}_aligned.jpg"), "Image/aligned/test_0001_aligned.jpg"]);
}
