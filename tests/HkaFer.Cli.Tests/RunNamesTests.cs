using HkaFer.Testing;

namespace HkaFer.Cli.Tests;

public sealed class RunNamesTests
{
    [Fact]
    public void Number_comes_after_the_highest_whatever_was_deleted()
    {
        using var scratch = new Scratch();
        scratch.Write("r-2/run.json", "{}");
        scratch.Write("r-x/run.json", "{}");
        scratch.Write("other-7/run.json", "{}");
        Assert.Equal(scratch["r-3"], RunNames.Reserve("r", scratch.Folder));
        Assert.Equal(scratch["r-4"], RunNames.Reserve("r", scratch.Folder));
        Assert.Equal(scratch["new-1"], RunNames.Reserve("new", scratch.Folder));
    }

    [Fact]
    public void Latest_is_the_run_that_was_at_work_last_whatever_its_number()
    {
        using var scratch = new Scratch();
        foreach ((string name, int minute) in (ReadOnlySpan<(string, int)>)[("r-1", 5), ("r-2", 1), ("r-10", 3)])
        {
            File.SetLastWriteTimeUtc(scratch.Write($"{name}/run.json", "{}"), new DateTime(2026, 1, 1, 0, minute, 0, DateTimeKind.Utc));
        }

        scratch.Write("r-11/recipe.yaml", "");
        Assert.Equal(scratch["r-1"], RunNames.Latest("r", scratch.Folder));
        Directory.Delete(scratch["r-1"], recursive: true);
        Assert.Equal(scratch["r-10"], RunNames.Latest("r", scratch.Folder));
        Assert.Contains("holds no run to resume", Assert.Throws<HkaFerException>(() => RunNames.Latest("none", scratch.Folder)).Message);
    }

    [Fact]
    public void Programs_that_choose_at_once_get_folders_of_their_own()
    {
        const int programs = 8, times = 20;
        using var scratch = new Scratch();
        var chosen = new string[programs][];
        using var start = new Barrier(programs);
        Thread[] all = [.. Enumerable.Range(0, programs).Select(t => new Thread(() =>
        {
            start.SignalAndWait();
            chosen[t] = [.. Enumerable.Range(0, times).Select(_ => RunNames.Reserve("r", scratch.Folder))];
        }))];
        Array.ForEach(all, thread => thread.Start());
        Array.ForEach(all, thread => thread.Join());
        Assert.Equal(programs * times, chosen.SelectMany(c => c).Distinct().Count());
    }

    [Fact]
    public void Folder_in_which_nothing_was_begun_is_given_back_and_no_other()
    {
        using var scratch = new Scratch();
        string empty = RunNames.Reserve("r", scratch.Folder), begun = RunNames.Reserve("r", scratch.Folder);
        File.WriteAllText(Path.Combine(begun, "recipe.yaml"), "");
        RunNames.Release(empty);
        RunNames.Release(begun);
        Assert.False(Directory.Exists(empty));
        Assert.True(Directory.Exists(begun));
    }
}
