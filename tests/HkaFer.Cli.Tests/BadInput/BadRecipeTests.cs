using System.Text;

namespace HkaFer.Cli.Tests.BadInput;

public sealed class BadRecipeTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    private static readonly string s_laughs = "a: &a [ha, ha, ha, ha, ha, ha, ha, ha, ha]\n"
        + string.Concat("abcdefgh".Zip("bcdefghi", (from, to) => $"{to}: &{to} [{string.Join(", ", Enumerable.Repeat($"*{from}", 9))}]\n"));

    public static TheoryData<string, string, string> Bombs() => new()
    {
        // What it is, its text, what is said of it.
        { "a billion laughs", s_laughs, ":1:4: anchors (&) and aliases (*) are not allowed" },
        { "a merge key", "base: &b {epochs: 1}\ntraining:\n  <<: *b\n", ":1:7: anchors" },
        { "an alias to itself", "data: &a [*a]\n", ":1:7: anchors" },
        { "deep lists", "data: " + new string('[', 200_000), ":1:23: is nested more than 16 deep" },
        { "deep mappings", string.Concat(Enumerable.Range(0, 300).Select(i => $"{new string(' ', i)}a:\n")), "is nested more than 16 deep" },
        { "deep dashes", "data:\n" + string.Concat(Enumerable.Repeat("- ", 200_000)) + "x", "is nested more than 16 deep" },
        { "one huge value", $"data: {new string('x', 900_000)}\nbackbone: faces-vit\n", "data.train: 'xxxx" },
        { "one huge key", $"? {new string('k', 100_000)}\n: v\n", ":1:3: unknown key 'kkkk" },
        { "a huge file", $"data: {new string('x', 3 << 20)}", "is larger than 1 MiB" },
        { "very many keys", "training: {" + string.Concat(Enumerable.Range(0, 80_000).Select(i => $"k{i}: 1,")) + "}", "unknown key 'k0' in training" },
        { "a key twice", "data: faces:?count=7\ndata: faces:?count=8\n", ":2:1: key 'data' stands twice; first in line 1" },
        { "a tab", "data:\n\ttrain: x\n", ":2:1: is not YAML" },
        { "a tag that makes an object", "data: !!python/object/apply:os.system [ls]\n", ":1:7: tags (!)" },
        { "a list that is never closed", "method:\n  sizes: [[1, 2]\n", "is not YAML" },
        { "JSON without a value", "{\"data\": }", ":1:10: data: expected a section of keys, got nothing" },
        { "NUL bytes", "data: \0\0\0", ":1:6: data: expected a section of keys, got nothing" },
    };

    [Theory]
    [MemberData(nameof(Bombs))]
    public void Recipe_is_refused_with_its_place_and_nothing_is_made(string what, string yaml, string says)
    {
        string path = tiny.At($"{what}.yaml"), folder = tiny.At($"run of {what}");
        File.WriteAllText(path, yaml);
        Bad.Refused([path, says], "train", path, "--out", folder);
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public void Recipe_that_is_no_text_is_refused()
    {
        string path = tiny.At("binary.yaml");
        File.WriteAllBytes(path, [.. Enumerable.Range(0, 256).Select(i => (byte)i)]);
        Bad.Refused([path, "save the recipe as UTF-8"], "train", path);
        File.WriteAllText(path, "data: x", Encoding.Unicode);
        Bad.Refused([path, "save the recipe as UTF-8"], "train", path);
        Bad.Refused([tiny.Photos, "is a folder; name a YAML file in it"], "train", tiny.Photos);
    }

    [Fact]
    public void Recipe_of_windows_is_read()
    {
        string path = tiny.At("windows.yaml");
        File.WriteAllText(path, "\uFEFF" + File.ReadAllText(tiny.Recipe).ReplaceLineEndings("\r\n"));
        Hka.Run("train", path, "--out", tiny.At("windows run"), "--set", "training.epochs=1", "--quiet").Succeeds();
    }

    [Theory]
    [InlineData("train", "{0}.yaml")]
    [InlineData("train", "{recipe}", "--out", "{0}")]
    [InlineData("data", "verify", "folder", "{0}")]
    [InlineData("data", "verify", "csv", "{0}.csv")]
    [InlineData("data", "verify", "faces", "?count=7", "--fix", "{0}")]
    [InlineData("inspect", "{0}")]
    [InlineData("predict", "{adapter}", "{0}.png")]
    [InlineData("eval", "{adapter}", "--data", "folder:{0}")]
    [InlineData("eval", "{adapter}", "--data", "faces:?count=7", "--backbone", "{0}")]
    public void Path_longer_than_any_system_allows_is_refused(params string[] args)
    {
        string path = tiny.At(string.Join('/', Enumerable.Repeat("sehr langer Name 顔", 400)));
        string[] filled = [.. args.Select(a => a.Replace("{0}", path, StringComparison.Ordinal)
            .Replace("{recipe}", tiny.Recipe, StringComparison.Ordinal).Replace("{adapter}", tiny.Adapter, StringComparison.Ordinal))];
        Hka.Outcome outcome = Bad.Ends(filled);
        Assert.Equal(1, outcome.Code);
        Assert.Contains("sehr langer Name", outcome.Out + outcome.Error);
        Assert.DoesNotContain("fault of the program", outcome.Error);
    }
}
