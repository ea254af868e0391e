using HkaFer.Testing;

namespace HkaFer.Tensors.Tests;

public sealed class ResumableFileTests
{
    [Fact]
    public void File_grows_at_its_end_over_several_openings()
    {
        using var scratch = new Scratch();
        string path = scratch["deep/er/a.part"];
        foreach (byte part in (byte[])[1, 2])
        {
            using ResumableFile file = ResumableFile.Open(path);
            file.Append([part, part]);
        }

        Assert.Equal([1, 1, 2, 2], File.ReadAllBytes(path));
        using ResumableFile again = ResumableFile.Open(path);
        Assert.Equal(4, again.Length);
        again.Clear();
        again.Append([3]);
        Assert.Equal(1, again.Length);
    }

    [Fact]
    public void Link_is_replaced_and_what_it_leads_to_is_left()
    {
        using var scratch = new Scratch();
        string other = scratch.Write("other", "other");
        File.CreateSymbolicLink(scratch["a.part"], other);
        using (ResumableFile file = ResumableFile.Open(scratch["a.part"]))
        {
            file.Append([1]);
        }

        Assert.Equal("other", File.ReadAllText(other));
        Assert.Null(new FileInfo(scratch["a.part"]).LinkTarget);
    }

    [Fact]
    public void Full_disk_is_named_and_what_was_written_stays()
    {
        using var disk = new SmallDisk(64);
        string path = Path.Combine(disk.Folder, "a.part");
        using ResumableFile file = ResumableFile.Open(path);
        file.Append(new byte[30 << 10]);
        Assert.Contains($"{path}: cannot be written, the disk is full", Assert.Throws<HkaFerException>(() => file.Append(new byte[60 << 10])).Message);
        Assert.True(file.Length >= 30 << 10);
    }

    [Fact]
    public void Moved_file_is_there_under_one_name_or_the_other_whatever_moment_it_stops()
    {
        for (int at = 0; at < 3; at++)
        {
            using var scratch = new Scratch(inMemory: true);
            string part = scratch.Write("a.part", "new"), path = scratch.Write("a", "old");
            using (new CrashPoint(at))
            {
                Assert.Throws<CrashException>(() => AtomicFile.Move(part, path));
            }

            Assert.Equal(at < 2 ? "old" : "new", File.ReadAllText(path));
            Assert.Equal(at < 2, File.Exists(part));
        }
    }

    [Fact]
    public void Lock_has_one_owner_at_a_time()
    {
        using var scratch = new Scratch();
        string path = scratch["locks/a.lock"];
        using (FileLock held = FileLock.TryTake(path)!)
        {
            Assert.Null(FileLock.TryTake(path));
        }

        using FileLock? again = FileLock.TryTake(path);
        Assert.NotNull(again);
    }
}
