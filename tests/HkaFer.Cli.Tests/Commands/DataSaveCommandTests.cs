using System.Text.Json;
using HkaFer.Data;

namespace HkaFer.Cli.Tests.Commands;

public sealed class DataSaveCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Fact]
    public void Drawn_faces_are_read_back_with_their_classes_and_pixels()
    {
        string folder = tiny.At("saved ü");
        JsonElement json = Hka.Run("data", "save", "faces:?count=70&size=48&seed=3", folder, "--split", "valid", "--each", "2", "--json").Succeeds().Json;
        Assert.Equal(14, json.GetProperty("pictures").GetInt32());
        ImageDataset drawn = DataSource.Parse("faces:?count=70&size=48&seed=3").Open("valid"), saved = DataSource.Parse(json.GetProperty("data").GetString()!).Open("all");
        Assert.Equal(14, saved.Count);
        for (int i = 0; i < saved.Count; i++)
        {
            int at = int.Parse(Path.GetFileNameWithoutExtension(saved[i].Path), System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(drawn.Classes[drawn[at].Label], saved.Classes[saved[i].Label]);
            Assert.Equal(drawn.Load(at).EncodePng(), saved.Load(i).EncodePng());
        }
    }

    [Fact]
    public void Without_a_split_each_has_its_own_folder()
    {
        string folder = tiny.At("splits");
        Hka.Run("data", "save", "faces:?count=14&size=48", folder).Succeeds();
        Assert.Equal(DataSource.Parse("faces:?count=14&size=48").Splits(), DataSource.Parse($"folder:{folder}").Splits());
    }

    [Fact]
    public void Folder_that_holds_something_is_refused_and_kept()
    {
        string folder = tiny.At("mine");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "notes.txt"), "mine");
        Hka.Outcome outcome = Hka.Run("data", "save", "faces:?count=7&size=48", folder);
        Assert.Equal(1, outcome.Code);
        Assert.Contains("not an empty folder", outcome.Error);
        Assert.Equal(["notes.txt"], Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName));
    }

    [Fact]
    public void Broken_picture_is_named_and_leaves_nothing()
    {
        string from = tiny.At("broken set"), to = tiny.At("from broken");
        Directory.CreateDirectory(Path.Combine(from, "anger"));
        File.Copy(Path.Combine(tiny.Photos, "a.png"), Path.Combine(from, "anger", "a.png"));
        File.Copy(tiny.At("broken.png"), Path.Combine(from, "anger", "b.png"));
        Hka.Outcome outcome = Hka.Run("data", "save", $"folder:{from}", to);
        Assert.Equal(1, outcome.Code);
        Assert.Contains("b.png", outcome.Error);
        Assert.False(Path.Exists(to));
        Assert.False(Path.Exists(to + AtomicFolder.Fresh));
    }

    [Fact]
    public void What_is_not_its_own_beside_the_folder_stays()
    {
        string folder = tiny.At("own"), other = folder + AtomicFolder.Fresh;
        Directory.CreateDirectory(other);
        File.Copy(Path.Combine(tiny.Photos, "a.png"), Path.Combine(other, "holiday.png"));
        Hka.Run("data", "save", "faces:?count=7&size=48", folder, "--split", "train").Succeeds();
        Assert.True(File.Exists(Path.Combine(folder, "holiday.png")) || File.Exists(Path.Combine(other, "holiday.png")));
    }

    [Fact]
    public void Folder_within_the_data_is_refused()
    {
        string from = tiny.At("within");
        Directory.CreateDirectory(Path.Combine(from, "anger"));
        File.Copy(Path.Combine(tiny.Photos, "a.png"), Path.Combine(from, "anger", "a.png"));
        Hka.Outcome outcome = Hka.Run("data", "save", $"folder:{from}", Path.Combine(from, "out"));
        Assert.Equal(1, outcome.Code);
        Assert.Contains("lies within the data", outcome.Error);
        Assert.False(Path.Exists(Path.Combine(from, "out")));
    }

    [Fact]
    public void Class_that_no_folder_can_have_is_refused_and_leaves_nothing()
    {
        string list = tiny.At("dots.csv"), to = tiny.At("dots");
        File.WriteAllText(list, $"path,label\n{Path.Combine(tiny.Photos, "a.png")},.dot\n{Path.Combine(tiny.Photos, "b.png")},plain\n");
        Hka.Outcome outcome = Hka.Run("data", "save", $"csv:{list}", to);
        Assert.Equal(1, outcome.Code);
        Assert.Contains("rename it in the data", outcome.Error);
        Assert.False(Path.Exists(to) || Path.Exists(to + AtomicFolder.Fresh));
    }
}
