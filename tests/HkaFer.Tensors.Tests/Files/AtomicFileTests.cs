using HkaFer.Testing;

namespace HkaFer.Tensors.Tests;

public sealed class AtomicFileTests
{
    [Fact]
    public void Crash_at_any_moment_leaves_the_old_or_the_new_content()
    {
        using var scratch = new Scratch(inMemory: true);
        string path = scratch.Write("a.txt", "old");
        int changes = Write(path, "old", int.MaxValue);
        Assert.Equal(4, changes);
        for (int at = 0; at < changes; at++)
        {
            Assert.Throws<CrashException>(() => { Write(path, "new", at); });
            Assert.Equal(at < 3 ? "old" : "new", File.ReadAllText(path));
            AtomicFile.RemoveLeftovers(scratch.Folder);
            Assert.Equal([path], Directory.GetFiles(scratch.Folder));
        }
    }

    [Fact]
    public void Leftovers_are_those_of_this_program()
    {
        using var scratch = new Scratch();
        string[] others = [scratch.Write("mine.tmp", "x"), scratch.Write("sub/a.txt.12.tmp", "x"), scratch.Write("a.txt", "x")];
        scratch.Write("a.txt.123.tmp", "x");
        AtomicFile.RemoveLeftovers(scratch.Folder);
        Assert.Equal(others.Order(StringComparer.Ordinal), Directory.GetFiles(scratch.Folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
        AtomicFile.RemoveLeftovers(scratch["nowhere"]);
    }

    [Fact]
    public void File_keeps_its_mode()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("has no modes");
            return;
        }

        using var scratch = new Scratch();
        string path = scratch.Write("secret.txt", "old");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        AtomicFile.WriteText(path, "new");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal("new", File.ReadAllText(path));
    }

    [Fact]
    public void Link_goes_on_leading_to_its_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need rights there");
        using var scratch = new Scratch();
        string target = scratch.Write("elsewhere/a.txt", "old"), link = scratch["link.txt"], dangling = scratch["dangling.txt"];
        File.CreateSymbolicLink(link, target);
        File.CreateSymbolicLink(dangling, Path.Combine("elsewhere", "b.txt"));
        AtomicFile.WriteText(link, "new");
        AtomicFile.WriteText(dangling, "first");
        Assert.Equal(target, new FileInfo(link).LinkTarget);
        Assert.Equal("new", File.ReadAllText(target));
        Assert.Equal("first", File.ReadAllText(scratch["elsewhere/b.txt"]));
    }

    [Theory]
    [InlineData("x", 255)]
    [InlineData("顔", 85)]
    public void Longest_names_are_written(string letter, int count)
    {
        using var scratch = new Scratch();
        string path = scratch[string.Concat(Enumerable.Repeat(letter, count))];
        AtomicFile.WriteText(path, "new");
        Assert.Equal("new", File.ReadAllText(path));
    }

    [Fact]
    public void Full_disk_is_named_with_the_free_bytes_and_keeps_the_old_content()
    {
        using var disk = new SmallDisk(64);
        string path = Path.Combine(disk.Folder, "a.bin");
        AtomicFile.Write(path, stream => stream.Write(new byte[30 << 10]));
        HkaFerException error = Assert.Throws<HkaFerException>(() => AtomicFile.Write(path, stream => stream.Write(new byte[60 << 10])));
        Assert.Contains($"{path}: cannot be written, the disk is full", error.Message);
        Assert.Matches(@"\([\d,]+ bytes free\)", error.Message);
        Assert.Equal(30 << 10, new FileInfo(path).Length);
        Assert.Equal([path], Directory.GetFiles(disk.Folder));
    }

    [Fact]
    public void Read_only_disk_is_named()
    {
        using var disk = new SmallDisk(64);
        disk.MakeReadOnly();
        string path = Path.Combine(disk.Folder, "sub", "a.bin");
        Assert.Contains($"{path}: cannot be written (", Assert.Throws<HkaFerException>(() => AtomicFile.WriteText(path, "x")).Message);
    }

    [Fact]
    public void File_in_the_way_of_a_folder_is_named()
    {
        using var scratch = new Scratch();
        string path = Path.Combine(scratch.Write("file", "x"), "a.txt");
        Assert.Contains($"{path}: cannot be written (", Assert.Throws<HkaFerException>(() => AtomicFile.WriteText(path, "x")).Message);
    }

    private static int Write(string path, string text, int changes)
    {
        using var crash = new CrashPoint(changes);
        AtomicFile.WriteText(path, text);
        return crash.Count;
    }
}
