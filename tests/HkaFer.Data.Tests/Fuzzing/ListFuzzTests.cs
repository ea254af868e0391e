using System.Text;
using HkaFer.Testing;

namespace HkaFer.Data.Tests.Fuzzing;

/// <summary>Damaged lists, and folders with odd names. Pictures need not be there: what is read here are the lists.</summary>
[Trait("Category", Fuzz.Category)]
public sealed class ListFuzzTests : IDisposable
{
    /// <summary>A parser's buffers, two fields of at most 64 Ki characters, and the text of an error.</summary>
    private const long Limit = 512 << 10;

    private readonly Scratch _folder = Fuzz.Scratch();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Damaged_list_gives_samples_or_a_named_error()
    {
        string path = _folder["list.csv"];
        Fuzz.Run(
            Limit,
            Texts(
                "path,label\na.png,happy\nb.png,sad\n",
                "\uFEFFPath,Label,Split\r\n\"sub/a, b.png\",Happy,training\r\nc.png,neutral,val\r\nd.png,neutral,test\r\n",
                "id,label,path\n1,x,a.png\n2,\"w \"\"quoted\"\"\",b.png\n3,x,ä/顔.png\n"),
            Mutator.Lines, bytes => ReadAll(path, bytes, $"csv:{path}"));
    }

    [Fact]
    public void Damaged_votes_give_samples_or_a_named_error()
    {
        string path = _folder.Write("FER2013Train/label.csv", "");
        Fuzz.Run(
            Limit,
            Texts(
                "a.png,\"(0, 0, 48, 48)\",4,0,0,1,3,2,0,0,0,0\nb.png,\"(0, 0, 48, 48)\",6,0,1,1,0,0,0,0,2,0\nc.png,\"(1, 2, 40, 41)\",0,0,0,0,0,0,9,1,0,0\n",
                "\uFEFFname,box,n,h,su,sa,a,d,f,c,u,nf\r\na.png,\"(0, 0, 48, 48)\",0,9,0,0,0,0,0,0,0,0\r\n"),
            Mutator.Lines, bytes => ReadAll(path, bytes, $"ferplus:{_folder.Folder}"));
    }

    [Fact]
    public void Damaged_votes_of_the_other_release_give_samples_or_a_named_error()
    {
        _folder.Write("fer2013.csv", $"emotion,Usage,pixels\n0,Training,{Grey}\n0,Training,{Grey}\n");
        string path = _folder["fer2013new.csv"];
        Fuzz.Run(Limit, Texts($"{VotesHeader}Training,a.png,0,9,0,0,0,0,0,0,0,0\nTraining,,0,0,9,0,0,0,0,0,0,0\n"), Mutator.Lines, bytes => ReadTrain(path, bytes));
    }

    [Fact]
    public void Damaged_pixels_give_samples_or_a_named_error()
    {
        _folder.Write("fer2013new.csv", $"{VotesHeader}Training,a.png,0,9,0,0,0,0,0,0,0,0\n");
        string path = _folder["fer2013.csv"];
        Fuzz.Run(Limit, Texts($"emotion,Usage,pixels\n0,Training,{Grey}\n", $" Usage , pixels \r\nTraining,\"{Grey}\"\r\n"), Mutator.Lines, bytes => ReadTrain(path, bytes));
    }

    [Fact]
    public void Damaged_exclude_list_gives_paths_or_a_named_error()
    {
        string path = _folder["exclude.txt"];
        Fuzz.Run(
            64 << 10,
            Texts("# hkafer exclude list\n# unreadable: x\ntrain/sad/x.png\n/abs/ä 顔.png\n", "\uFEFFa.png\r\n\r\n./# b.png\r\n"),
            Mutator.Lines,
            bytes =>
            {
                File.WriteAllBytes(path, bytes);
                Assert.All(ExcludeList.Read(path), p => Assert.True(Path.IsPathFullyQualified(p)));
            }, refused: 0.02);
    }

    [Fact]
    public void Damaged_source_text_gives_a_source_or_a_named_error() => Fuzz.Run(
        64 << 10,
        Texts("ferplus:/data/FERPlus?labels=majority", "faces:?seed=1&count=7&domain=shifted&size=48", "csv:/x/list.csv?valid=0.2&seed=3&classes=a,b", "folder:/data/my faces ä"),
        Mutator.Lines,
        bytes =>
        {
            var source = DataSource.Parse(Encoding.UTF8.GetString(bytes));
            if (source.Kind == "faces")
            {
                Assert.True(source.OpenUnchecked("valid").Count > 0);
            }
        });

    [Fact]
    public void Class_folders_of_any_name_give_classes_or_a_named_error() => Fuzz.Run(
        64 << 10,
        Texts("happy\nsad", "Anger\nfear", "train/a\nvalid/a", ".hidden\n__MACOSX\nhappy", "ä 顔\nＦｅａｒ", "test/happy\ntest/sadness"),
        Mutator.Lines,
        bytes =>
        {
            // Each round has a folder of its own in a fixed place: what cannot be a name on this system is left out.
            string root = _folder["set"];
            Directory.CreateDirectory(root);
            try
            {
                foreach (string line in Encoding.UTF8.GetString(bytes).Split('\n').Take(4))
                {
                    string[] parts = [.. line.Split('/').Take(2).Select(p => p.Replace("\0", "", StringComparison.Ordinal)).Where(p => p.Length is > 0 and < 80 && p is not ("." or ".."))];
                    if (parts.Length > 0)
                    {
                        string folder = Path.Combine([root, .. parts]);
                        Directory.CreateDirectory(folder);
                        File.WriteAllBytes(Path.Combine(folder, "x.png"), []);
                    }
                }

                Open($"folder:{root}");
            }
            finally
            {
                Directory.Delete(root, recursive: true);
            }
        }, refused: 0.02);

    private const string VotesHeader = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n";

    private static string Grey { get; } = string.Join(' ', Enumerable.Range(0, 48 * 48).Select(i => i % 256));

    private void ReadTrain(string path, byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        var data = DataSource.Parse($"ferplus:{_folder.Folder}").OpenUnchecked("train");
        for (int i = 0; i < data.Count; i++)
        {
            Assert.Equal(48, data.Load(i).Width);
        }
    }

    private static void ReadAll(string path, byte[] bytes, string source)
    {
        File.WriteAllBytes(path, bytes);
        Open(source);
    }

    private static void Open(string source)
    {
        var parsed = DataSource.Parse(source);
        foreach (string split in parsed.Splits())
        {
            var data = parsed.OpenUnchecked(split);
            Assert.Equal(data.Count, data.ClassCounts().Sum());
        }
    }

    private static byte[][] Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}
