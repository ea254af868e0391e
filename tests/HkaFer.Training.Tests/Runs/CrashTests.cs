using HkaFer.Testing;

namespace HkaFer.Training.Tests;

/// <summary>A run is killed before each change that it makes to files, one after the other, and ends as if it had not been.</summary>
public sealed class CrashTests
{
    private const int Never = int.MaxValue;

    [Fact]
    public void Crash_before_any_change_to_files_then_resume_gives_the_same_files()
    {
        using var scratch = new Scratch(inMemory: true);
        Recipe recipe = TinyRecipe.Least.With($"backbone.save={scratch["backbone"]}");
        string whole = scratch["whole"];
        int changes = Live(recipe, whole, Never, resume: false);
        SortedDictionary<string, string> expected = RunContent.Of(whole), backbone = RunContent.Of(scratch["backbone"]);
        Assert.InRange(changes, 100, 1000);

        for (int at = 0; at < changes; at++)
        {
            string folder = scratch[$"crashed before change {at}"];
            Directory.Delete(scratch["backbone"], recursive: true);
            Assert.Throws<CrashException>(() => { Live(recipe, folder, at, resume: false); });

            // A second crash, soon in the life after: what the first left must not be lost by tidying up.
            if (at % 3 == 0)
            {
                Assert.Throws<CrashException>(() => { Live(recipe, folder, at % 4, resume: true); });
            }

            Live(recipe, folder, Never, resume: true);
            Assert.Equal(expected, RunContent.Of(folder));
            Assert.Equal(backbone, RunContent.Of(scratch["backbone"]));
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Model_can_be_loaded_after_a_crash_at_any_moment_once_there_was_one()
    {
        using var scratch = new Scratch(inMemory: true);
        Recipe recipe = TinyRecipe.Least.With("training.selection=best");
        int changes = Live(recipe, scratch["whole"], Never, resume: false), loaded = 0;

        for (int at = 0; at < changes; at += 3)
        {
            string folder = scratch[$"crashed before change {at}"];
            Assert.Throws<CrashException>(() => { Live(recipe, folder, at, resume: false); });
            bool there = RunFolder.IsRun(folder) && File.Exists(TrainingState.File(new RunFolder(folder).State));
            loaded += there ? 1 : 0;
            if (there)
            {
                Assert.Equal(7, ExpressionModel.Load(folder).Labels.Count);
            }
        }

        Assert.True(loaded > changes / 6);
    }

    /// <summary>One life of the program.</summary>
    /// <returns>The changes that it made to files.</returns>
    private static int Live(Recipe recipe, string folder, int changes, bool resume)
    {
        using var crash = new CrashPoint(changes);
        Assert.False(TrainingRun.Execute(recipe, folder, resume).Interrupted);
        return crash.Count;
    }
}
