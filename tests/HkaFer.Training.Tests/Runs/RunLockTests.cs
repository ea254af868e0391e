using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public sealed class RunLockTests
{
    [Fact]
    public void Folder_in_use_is_refused_with_the_name_of_the_holder()
    {
        using var scratch = new Scratch();
        using (RunLock.Take(scratch.Folder))
        {
            HkaFerException error = Assert.Throws<HkaFerException>(() => RunLock.Take(scratch.Folder));
            Assert.StartsWith($"{scratch.Folder}: is in use by process {Environment.ProcessId} on {Environment.MachineName}, since ", error.Message);
        }

        RunLock.Take(scratch.Folder).Dispose();
    }

    [Fact]
    public void Lock_that_nobody_holds_never_blocks()
    {
        using var scratch = new Scratch();
        scratch.Write("lock", "");
        scratch.Write("lock.owner", "process 1 on elsewhere, since long ago\n");
        RunLock.Take(scratch.Folder).Dispose();
        Assert.False(File.Exists(scratch["lock.owner"]));
    }

    [Fact]
    public void Train_into_a_folder_in_use_is_refused_and_changes_nothing()
    {
        using var scratch = new Scratch();
        string folder = scratch["run"];
        bool tried = false;
        TrainingRun.Execute(TinyRecipe.Least, folder, false, null, null, null, Try, default);
        Assert.True(tried);

        void Try()
        {
            SortedDictionary<string, string> before = RunContent.Of(folder);
            foreach (bool resume in (bool[])[false, true])
            {
                Assert.Contains("is in use by process", Assert.Throws<HkaFerException>(() => TrainingRun.Execute(TinyRecipe.Least, folder, resume)).Message);
            }

            Assert.Equal(before, RunContent.Of(folder));
            tried = true;
        }
    }
}
