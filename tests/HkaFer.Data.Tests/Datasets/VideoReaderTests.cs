namespace HkaFer.Data.Tests.Datasets;

public class VideoReaderTests
{
    private const string Header = "Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise,Other\n";

    [Theory]
    [InlineData("EXPR_Classification_Challenge", Header, "\n")]
    [InlineData("Third ABAW Annotations/EXPR_Classification_Challenge", Header, "\r\n")]
    [InlineData("annotations", "", "\n")]
    [InlineData(".", "\uFEFF" + Header, "\n")]
    public void Line_i_is_frame_i_in_the_programs_order(string parent, string header, string end)
    {
        using var folder = new TempFolder().WithText($"{parent}/Train_Set/1-30.txt", header + string.Join(end, 0, 1, 2, 3, 4, 5, 6, 7, -1))
            .WithText("AU_Detection_Challenge/Train_Set/1-30.txt", "AU1,AU2\n0,1\n").With([.. Enumerable.Range(1, 9).Select(i => $"cropped_aligned/1-30/{i:D5}.jpg")]);
        var source = DataSource.Parse($"affwild2:{folder.Root}");
        Assert.Equal(["train"], source.Splits());
        var data = source.Open();
        Assert.Equal(["neutral", "anger", "disgust", "fear", "happiness", "sadness", "surprise", "other"], RafDbReaderTests.Labels(data).Select(l => data.Classes[l]));
        Assert.Equal(["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "other"], data.Classes);
        Assert.Equal(folder.PathOf("cropped_aligned/1-30/00008.jpg"), data[7].Path);
        Assert.Equal(7, DataSource.Parse($"affwild2:{folder.Root}?classes=7").Open().Count);
    }

    [Fact]
    public void Frame_without_picture_is_left_out_and_told()
    {
        using var folder = new TempFolder().WithText("EXPR_Classification_Challenge/Validation_Set/v.txt", Header + "0\n1\n2\n")
            .With("cropped_aligned/v/00001.jpg", "cropped_aligned/v/00003.png");
        var data = DataSource.Parse($"affwild2:{folder.Root}").Open("valid");
        Assert.Equal([0, 5], RafDbReaderTests.Labels(data));
        Assert.Contains("1 labelled frames have no picture", Assert.Single(data.Notes));
        Assert.Contains("00002.jpg", data.Notes[0]);
    }

    [Theory]
    [InlineData(Header + "0\n8\n", "line 3")]
    [InlineData(Header + "0\n0,1\n", "line 3")]
    [InlineData(Header + "0\nx\n", "line 3")]
    public void Bad_line_is_named(string text, string where)
    {
        using var folder = new TempFolder().WithText("EXPR_Classification_Challenge/Train_Set/v.txt", text).With("cropped_aligned/v/00001.jpg");
        Assert.Contains(where, Assert.Throws<HkaFerException>(() => DataSource.Parse($"affwild2:{folder.Root}").Open()).Message);
    }

    [Fact]
    public void Video_without_frames_is_named()
    {
        using var folder = new TempFolder().WithText("EXPR_Classification_Challenge/Train_Set/v.txt", Header + "0\n").WithFolder("cropped_aligned");
        Assert.Contains("frames missing", Assert.Throws<HkaFerException>(() => DataSource.Parse($"affwild2:{folder.Root}").Open()).Message);
    }

    [Fact]
    public void Texts_of_other_tasks_are_not_taken_for_expressions()
    {
        using var folder = new TempFolder().WithText("AU_Detection_Challenge/Train_Set/v.txt", "AU1\n0\n").With("cropped_aligned/v/00001.jpg");
        Assert.Contains("whose name begins with EXPR", Assert.Throws<HkaFerException>(() => DataSource.Parse($"affwild2:{folder.Root}").Splits()).Message);
    }

    [Fact]
    public void Compound_expressions_of_videos_are_among_those_of_RafDb()
    {
        using var folder = new TempFolder().WithText("annotations/v.txt", "Fearfully_Surprised,Happily_Surprised\n0\n-1\n6\n")
            .With("cropped_aligned/v/00001.jpg", "cropped_aligned/v/00002.jpg", "cropped_aligned/v/00003.jpg")
            .WithText("compound/EmoLabel/list_patition_label.txt", string.Concat(((int[])[8, 1, 5, 11, 9, 3, 4]).Select(i => $"test_{i:D4}.jpg {i}\n"))).WithFolder("compound/Image/aligned");
        var source = DataSource.Parse($"cexpr:{folder.Root}");
        Assert.Equal(["test"], source.Splits());
        var videos = source.Open("test");
        Assert.Equal([0, 6], RafDbReaderTests.Labels(videos));
        var stills = DataSource.Parse($"rafdb-compound:{folder.Root}").OpenUnchecked("test");
        Assert.Equal(videos.Classes, RafDbReaderTests.Labels(stills).Select(l => stills.Classes[l]));
    }
}
