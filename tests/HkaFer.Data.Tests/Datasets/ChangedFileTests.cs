namespace HkaFer.Data.Tests.Datasets;

/// <summary>Pictures that are changed while they are in use: told by name, and nothing hangs.</summary>
public class ChangedFileTests
{
    private static readonly Preprocessing s_size = new() { Size = 4 };

    [Theory]
    [InlineData("folder")]
    [InlineData("csv")]
    [InlineData("ferplus")]
    public void Picture_that_is_written_to_after_opening_is_named(string kind)
    {
        using var folder = Pictures6();
        var data = Source(folder, kind).Open("train");
        Assert.Equal(8, data.Load(3).Width);
        // As large and as sound as before, only later.
        File.SetLastWriteTimeUtc(data[3].Path, DateTime.UtcNow.AddSeconds(5));
        string message = Assert.Throws<ImageException>(() => data.Load(3)).Message;
        Assert.Contains(data[3].Path, message);
        Assert.Contains("has changed since the data set was opened", message);
        Assert.Equal(8, data.Load(2).Width);
    }

    [Theory]
    [InlineData("truncated", "has changed")]
    [InlineData("replaced", "has changed")]
    [InlineData("emptied", "an empty file")]
    [InlineData("removed", "cannot be read")]
    public void Loader_stops_with_the_picture_that_changed_and_goes_on_when_it_is_restored(string how, string says)
    {
        using var folder = Pictures6();
        var data = Source(folder, "folder").Open("train");
        string path = data[5].Path;
        byte[] before = File.ReadAllBytes(path);
        var written = File.GetLastWriteTimeUtc(path);
        var loader = new BatchLoader(data, 1, s_size, cacheBytes: 0);
        // Three batches may be ready before the first is asked for; the sixth is not.
        using (var batches = loader.InOrder().GetEnumerator())
        {
            Assert.True(batches.MoveNext());
            if (how == "removed") File.Delete(path);
            else File.WriteAllBytes(path, how switch { "emptied" => [], "truncated" => before[..^20], _ => [.. before, 0] });
            string message = Assert.Throws<ImageException>(() =>
            {
                while (batches.MoveNext())
                {
                }
            }).Message;
            Assert.Contains(path, message);
            Assert.Contains(says, message);
        }

        File.WriteAllBytes(path, before);
        File.SetLastWriteTimeUtc(path, written);
        Assert.Equal(6, loader.InOrder().Count());
    }

    [Fact]
    public void Empty_file_is_refused_when_the_data_are_opened()
    {
        using var folder = Pictures6().WithText("faces/train/sad/9.png", "");
        Assert.Contains("picture empty", Assert.Throws<HkaFerException>(() => Source(folder, "folder").Open("train")).Message);
    }

    private static DataSource Source(TempFolder folder, string kind) =>
        DataSource.Parse($"{kind}:{folder.PathOf(kind switch { "csv" => "list.csv", "folder" => "faces", _ => "" })}");

    private static TempFolder Pictures6()
    {
        var folder = new TempFolder();
        string list = "path,label,split\n", votes = "";
        for (int i = 0; i < 6; i++)
        {
            string label = i < 3 ? "happy" : "sad";
            folder.WithImage($"faces/train/{label}/{i}.png", Pictures.Noise(8, 8, i)).WithImage($"FER2013Train/{i}.png", Pictures.Noise(8, 8, i));
            list += $"faces/train/{label}/{i}.png,{label},train\n";
            votes += $"{i}.png,\"(0, 0, 8, 8)\",0,9,0,0,0,0,0,0,0,0\n";
        }

        return folder.WithText("list.csv", list).WithText("FER2013Train/label.csv", votes);
    }
}
