namespace HkaFer.Data.Tests.Datasets;

public class SfewReaderTests
{
    [Theory]
    [InlineData("")]
    [InlineData("_new")]
    public void Class_folders_are_mapped_by_name(string ending)
    {
        string[] names = ["Angry", "Disgust", "Fear", "Happiness", "Neutral", "Sadness", "Surprise"];
        using var folder = new TempFolder().With([.. names.Select(n => $"Train/Train_Aligned_Faces{ending}/{n}/x_{n}.png"), $"Val/Val_Aligned_Faces{ending}/Happy/y.PNG"])
            .WithText($"Train/Train_Aligned_Faces{ending}/.DS_Store", "").WithText($"Train/Train_Aligned_Faces{ending}/Fear/Thumbs.db", "x");
        var source = DataSource.Parse($"sfew:{folder.Root}");
        Assert.Equal(["train", "valid"], source.Splits());
        Assert.Equal([4, 5, 6, 1, 0, 3, 2], RafDbReaderTests.Labels(source.Open()));
        Assert.Equal([1], RafDbReaderTests.Labels(source.Open("valid")));
        Assert.Equal((958, 436), (source.Published("train"), source.Published("valid")));
    }

    [Fact]
    public void Folder_that_is_no_class_is_named()
    {
        using var folder = new TempFolder().With("Val/Val_Aligned_Faces/3/x.png");
        Assert.Contains("is no class", Assert.Throws<HkaFerException>(() => DataSource.Parse($"sfew:{folder.Root}").Open("valid")).Message);
    }

    [Fact]
    public void Other_folder_names_what_was_expected()
    {
        using var folder = new TempFolder().With("Train/Angry/x.png");
        Assert.Contains("Train/Train_Aligned_Faces", Assert.Throws<HkaFerException>(() => DataSource.Parse($"sfew:{folder.Root}").Splits()).Message);
    }
}
