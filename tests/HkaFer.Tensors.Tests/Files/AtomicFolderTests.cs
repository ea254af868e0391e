using HkaFer.Testing;

namespace HkaFer.Tensors.Tests;

public sealed class AtomicFolderTests
{
    private static readonly Func<string, string, bool> s_cannot = (_, _) => false;

    public static TheoryData<bool> Systems => [true, false];

    [Theory]
    [MemberData(nameof(Systems))]
    public void Crash_at_any_moment_leaves_the_old_or_the_new_version_whole(bool exchanges)
    {
        using var scratch = new Scratch(inMemory: true);
        string folder = scratch["model"];
        int changes = Replace(folder, "one", int.MaxValue, exchanges);
        Assert.Equal("one one", Read(folder));
        changes = Replace(folder, "old", int.MaxValue, exchanges);

        for (int at = 0; at < changes; at++)
        {
            Replace(folder, "old", int.MaxValue, exchanges);
            Assert.Throws<CrashException>(() => { Replace(folder, "new", at, exchanges); });

            string left = Read(AtomicFolder.Current(folder));
            Assert.Contains(left, (string[])["old old", "new new"]);
            AtomicFolder.Recover(folder, Owns);
            Assert.Contains(Read(folder), (string[])[left, "new new"]);
            Assert.Equal([folder], Directory.GetFileSystemEntries(scratch.Folder));
        }
    }

    [Fact]
    public void Linux_exchanges_folders_in_one_step()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "other systems move twice");
        using var scratch = new Scratch();
        scratch.Write("a/a.txt", "a");
        scratch.Write("b/b.txt", "b");
        Assert.True(Posix.TryExchange(scratch["a"], scratch["b"]));
        Assert.True(File.Exists(scratch["b/a.txt"]));
        Assert.True(File.Exists(scratch["a/b.txt"]));
    }

    [Theory]
    [MemberData(nameof(Systems))]
    public void What_others_put_into_the_folder_is_never_deleted(bool exchanges)
    {
        using var scratch = new Scratch();
        string folder = scratch["model"];
        Replace(folder, "one", int.MaxValue, exchanges);
        scratch.Write("model/notes.txt", "mine");
        scratch.Write("model/deeper/thesis.txt", "mine");
        scratch.Write($"model{AtomicFolder.Fresh}/left.txt", "mine");
        scratch.Write($"model{AtomicFolder.Old}/older.txt", "mine");
        Replace(folder, "two", int.MaxValue, exchanges);

        Assert.Equal("two two", Read(folder));
        Assert.All((string[])["notes.txt", "deeper/thesis.txt", "left.txt", "older.txt"], name => Assert.Equal("mine", File.ReadAllText(Path.Combine(folder, name))));
        Assert.Equal([folder], Directory.GetFileSystemEntries(scratch.Folder));
    }

    [Fact]
    public void Version_that_cannot_be_written_leaves_the_old_one_and_no_trace()
    {
        using var scratch = new Scratch();
        string folder = scratch["model"];
        Replace(folder, "old", int.MaxValue, exchanges: true);
        Assert.Throws<HkaFerException>(() => AtomicFolder.Replace(folder, fresh =>
        {
            AtomicFile.WriteText(Path.Combine(fresh, "a"), "new");
            AtomicFile.Write(Path.Combine(fresh, "b"), _ => throw new IOException("no"));
        }, Owns));
        Assert.Equal("old old", Read(folder));
        Assert.Equal([folder], Directory.GetFileSystemEntries(scratch.Folder));
    }

    private static bool Owns(string path) => path is "a" or "b";

    private static int Replace(string folder, string text, int changes, bool exchanges)
    {
        using var crash = new CrashPoint(changes);
        AtomicFolder.Replace(
            folder,
            fresh =>
            {
                AtomicFile.WriteText(Path.Combine(fresh, "a"), text);
                AtomicFile.WriteText(Path.Combine(fresh, "b"), text);
            },
            Owns,
            exchanges ? Posix.TryExchange : s_cannot);
        return crash.Count;
    }

    private static string Read(string folder) => $"{File.ReadAllText(Path.Combine(folder, "a"))} {File.ReadAllText(Path.Combine(folder, "b"))}";
}
