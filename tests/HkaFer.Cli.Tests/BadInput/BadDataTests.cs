namespace HkaFer.Cli.Tests.BadInput;

public sealed class BadDataTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Theory]
    [InlineData("pth,labels\na.png,happy\n", "line 1", "rename 'pth' to 'path'; rename 'labels' to 'label'")]
    [InlineData("file;emotion\na.png;happy\n", "line 1", "path,label[,split] separated by commas")]
    [InlineData("path\na.png\n", "line 1", "path,label[,split]")]
    [InlineData("path,label\na.png,happy,extra\n", "line 2", "expected 2 columns as in the header, got 3")]
    [InlineData("path,label\na.png,happy\n\"b.png,sad\nc.png,sad\n", "line 3", "close the quote")]
    [InlineData("path,label\n\"a\"x.png,happy\n", "line 2", "quote")]
    [InlineData("path,label\na.png,happy\nb.png,hapiness\n", "line 3", "did you mean 'happiness'?")]
    [InlineData("path,label\na.png,\"happy\nsad\"\nb.png,sad\n", "line 3", "unknown label")]
    [InlineData("path,label,split\na.png,happy,trian\n", "line 2", "did you mean 'train'?")]
    [InlineData("path,label\r\na.png,\r\n", "line 2", "empty")]
    [InlineData("\uFEFF\r\n\r\n", "list.csv", "expected a header 'path,label'")]
    [InlineData("", "list.csv", "expected a header 'path,label'")]
    [InlineData("path,label\na.png,happy\ngone.png,sad\n", "gone.png", "missing")]
    public void List_is_refused_with_its_line_and_no_run_begins(string list, string place, string says)
    {
        string folder = Folder("list");
        File.Copy(Face, Path.Combine(folder, "a.png"));
        File.Copy(Face, Path.Combine(folder, "b.png"));
        string path = Path.Combine(folder, "list.csv"), run = Path.Combine(folder, "run");
        File.WriteAllText(path, list);
        Bad.Refused([path, place, says], "train", tiny.Recipe, "--set", $"data.train=csv:{path}", "--out", run);
        Assert.Empty(Bad.Files(run));
    }

    [Fact]
    public void List_of_windows_with_mark_quotes_and_line_breaks_in_fields_is_read()
    {
        string folder = Folder("windows list");
        string odd = Path.Combine(folder, "two\nlines, \"quoted\" ä 顔 😀.png");
        File.Copy(Face, odd);
        File.WriteAllText(
            Path.Combine(folder, "list.csv"), $"\uFEFFPath,Label\r\n\"{Path.GetFileName(odd).Replace("\"", "\"\"", StringComparison.Ordinal)}\",Happy\r\n");
        Assert.Equal(1, Hka.Run("data", "verify", "csv", Path.Combine(folder, "list.csv"), "--json").Succeeds().Json.GetProperty("splits").GetProperty("all").GetProperty("count").GetInt32());
    }

    [Fact]
    public void Folders_without_pictures_are_refused()
    {
        string empty = Folder("empty"), flat = Folder("flat"), hollow = Folder("hollow"), gap = Folder("gap");
        Bad.Refused([empty, "expected <split>/<class>/<picture>"], "data", "verify", "folder", empty);
        File.Copy(Face, Path.Combine(flat, "a.png"));
        Bad.Refused([flat, "pictures but no folder per class"], "data", "verify", "folder", flat);
        Put(hollow, "train/happy/a.png");
        Directory.CreateDirectory(Path.Combine(hollow, "train", "sad"));
        Bad.Refused([Path.Combine(hollow, "train", "sad"), "Fill it or remove it"], "data", "verify", "folder", hollow);
        Bad.Refused([Path.Combine(hollow, "train", "sad"), "it is empty"], Train(hollow));
        Put(gap, "train/happy/a.png", "valid/happy/a.png", "valid/sad/b.png");
        Bad.Refused(["class 'sadness' has no picture in the split 'train'"], "data", "verify", "folder", gap);
        Bad.Refused(["class 'sadness' has no picture in the split 'train'", "add some, or take the class out"], Train(gap));
        Assert.Empty(Bad.Files(Path.Combine(gap, "run")));
    }

    [Fact]
    public void Class_of_a_list_without_a_picture_is_refused()
    {
        string folder = Folder("classes");
        Put(folder, "a.png");
        File.WriteAllText(Path.Combine(folder, "list.csv"), "path,label\na.png,x\n");
        Bad.Refused(["class 'y' has no picture"], "data", "verify", "csv", Path.Combine(folder, "list.csv?classes=x,y"));
    }

    [Fact]
    public void Links_in_a_circle_end()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need rights there");
        string folder = Folder("circle");
        Put(folder, "train/happy/a.png", "train/sad/b.png");
        Directory.CreateSymbolicLink(Path.Combine(folder, "train", "happy", "up"), Path.Combine("..", ".."));
        Directory.CreateSymbolicLink(Path.Combine(folder, "again"), ".");
        Hka.Run("data", "verify", "folder", folder).Succeeds();
        Assert.Equal(2, Bad.Ends("predict", tiny.Adapter, folder, "--json").Json.GetArrayLength());

        File.CreateSymbolicLink(Path.Combine(folder, "train", "sad", "self.png"), "self.png");
        Directory.CreateSymbolicLink(Path.Combine(folder, "train", "happy", "to itself.png"), "to itself.png");
        Bad.Refused(["self.png", "to itself.png", "2 problems"], "data", "verify", "folder", folder);
        Bad.Refused(["to itself.png"], Train(folder));

        string round = Folder("round");
        Directory.CreateSymbolicLink(Path.Combine(round, "train"), ".");
        Bad.Refused([round], "data", "verify", "folder", round);
    }

    [Fact]
    public void Pipe_that_nobody_writes_to_is_no_picture()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "has no such files");
        string folder = Folder("pipe");
        Put(folder, "train/happy/a.png", "train/sad/b.png");
        string pipe = Path.Combine(folder, "train", "sad", "pipe.png");
        Bad.Pipe(pipe);
        File.CreateSymbolicLink(Path.Combine(folder, "train", "happy", "device.png"), "/dev/zero");
        Bad.Refused([pipe, "device.png", "2 problems"], "data", "verify", "folder", folder);
        Bad.Refused(["device.png"], Train(folder));
        Bad.Refused([pipe], "predict", tiny.Adapter, pipe);
        Bad.Refused([pipe], "inspect", pipe);
    }

    [Fact]
    public void Names_of_any_script_and_of_the_longest_length_are_read()
    {
        string folder = Folder("names ä é 顔 😀");
        string longest = new string('x', 251) + ".png", composed = "\u00E9.png", decomposed = "e\u0301.png";
        Put(folder, $"train/happy/{longest}", $"train/happy/{composed}", $"train/sad/{decomposed}", "train/sad/  blanks .png", "train/sad/#a%20&b?.png", "train/sad/-x.png");
        Assert.Equal(6, Hka.Run("data", "verify", "folder", folder, "--json").Succeeds().Json.GetProperty("splits").GetProperty("train").GetProperty("count").GetInt32());
        Assert.Equal(6, Hka.Run("predict", tiny.Adapter, folder, "--json").Succeeds().Json.GetArrayLength());
    }

    [Fact]
    public void Picture_beyond_the_limits_is_named()
    {
        string folder = Folder("huge");
        Put(folder, "train/happy/a.png", "train/sad/huge.png");
        string huge = Path.Combine(folder, "train", "sad", "huge.png");
        byte[] png = File.ReadAllBytes(huge);
        (png[16], png[20]) = (0x7F, 0x7F);
        File.WriteAllBytes(huge, png);
        Bad.Refused([huge, "limit"], "data", "verify", "folder", folder);
        Bad.Refused([huge], "predict", tiny.Adapter, huge);
    }

    private string Face => Path.Combine(tiny.Photos, "a.png");

    private string Folder(string name)
    {
        string folder = tiny.At($"{name} {Guid.NewGuid():N}"[..(name.Length + 9)]);
        Directory.CreateDirectory(folder);
        return folder;
    }

    private void Put(string folder, params string[] names)
    {
        foreach (string name in names)
        {
            string path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Copy(Face, path);
        }
    }

    private string[] Train(string folder) => ["train", tiny.Recipe, "--set", $"data.train=folder:{folder}", "--out", Path.Combine(folder, "run")];
}
