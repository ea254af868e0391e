using HkaFer.Testing;

namespace HkaFer.Data.Tests;

public class PicturesReaderTests
{
    [Fact]
    public void Every_picture_below_is_read_whatever_the_folders_are_called()
    {
        using var scratch = new Scratch();
        foreach (string name in (string[])["b.png", "train/happy/a.PNG", "x/y/z/c.png"])
        {
            scratch.Write(name, Pictures.Noise(4, 4, seed: 1).EncodePng());
        }

        foreach (string name in (string[])["label.csv", ".thumbnails/d.png", "__MACOSX/e.png", "x/._b.png"])
        {
            scratch.Write(name, "no picture");
        }

        DataSource source = DataSource.Of("pictures", scratch.Folder);
        Assert.Equal(["all"], source.Splits());
        ImageDataset data = source.Open("all");
        Assert.Equal(["b.png", "train/happy/a.PNG", "x/y/z/c.png"], Enumerable.Range(0, data.Count).Select(i => Path.GetRelativePath(scratch.Folder, data[i].Path).Replace('\\', '/')));
        Assert.Equal(4, data.Load(2).Width);
        Assert.All(Enumerable.Range(0, data.Count), i => Assert.Equal(0, data[i].Label));
    }

    [Fact]
    public void Links_that_lead_back_are_not_followed()
    {
        using var scratch = new Scratch();
        scratch.Write("a.png", Pictures.Noise(4, 4, seed: 1).EncodePng());
        Directory.CreateSymbolicLink(scratch["again"], scratch.Folder);
        Assert.Equal(1, DataSource.Of("pictures", scratch.Folder).Open("all").Count);
    }

    [Fact]
    public void Linked_pictures_are_read()
    {
        using var scratch = new Scratch();
        string picture = scratch.Write("elsewhere/a.png", Pictures.Noise(4, 4, seed: 1).EncodePng());
        Directory.CreateDirectory(scratch["here"]);
        File.CreateSymbolicLink(scratch["here/b.png"], picture);
        ImageDataset data = DataSource.Of("pictures", scratch["here"]).Open("all");
        Assert.Equal(["b.png"], Enumerable.Range(0, data.Count).Select(i => Path.GetFileName(data[i].Path)));
        Assert.Equal(4, data.Load(0).Width);
    }

    [Fact]
    public void Folder_without_pictures_and_no_folder_are_named()
    {
        using var scratch = new Scratch();
        scratch.Write("notes.txt", "");
        Assert.Contains("no picture in", Message(scratch.Folder));
        Assert.Contains("check the path after pictures:", Message(scratch["none"]));

        static string Message(string path) => Assert.Throws<HkaFerException>(() => DataSource.Of("pictures", path).Open("all")).Message;
    }

    [Fact]
    public void Part_holds_the_pictures_that_were_asked_for()
    {
        ImageDataset faces = DataSource.Parse("faces:?count=7&size=32").Open("train"), part = faces.Part([5, 2]);
        Assert.Equal((2, faces[5], faces[2]), (part.Count, part[0], part[1]));
        Assert.Equal(faces.Load(2).Pixels, part.Load(1).Pixels);
        Assert.Throws<ArgumentOutOfRangeException>(() => faces.Part([7]));
    }
}
