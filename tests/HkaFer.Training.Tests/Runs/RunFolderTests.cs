using HkaFer.Testing;

namespace HkaFer.Training.Tests;

/// <summary>A run never takes, replaces or deletes what is its user's.</summary>
public sealed class RunFolderTests
{
    [Fact]
    public void Folder_with_files_of_its_user_is_refused_and_stays_as_it_is()
    {
        using var scratch = new Scratch();
        string[] mine = [.. ((string[])["u/last/notes.txt", "u/best.old/thesis.txt", "u/report.html"]).Select(name => scratch.Write(name, "mine"))];
        foreach (bool resume in (bool[])[false, true])
        {
            string message = Assert.Throws<HkaFerException>(() => TrainingRun.Execute(TinyRecipe.Least, scratch["u"], resume)).Message;
            Assert.Contains($"{scratch["u"]}: is no run's folder, for it holds 'best.old'", message);
            Assert.Contains("--out", message);
        }

        Assert.All(mine, path => Assert.Equal("mine", File.ReadAllText(path)));
        Assert.Equal(mine.Order(), Directory.EnumerateFiles(scratch["u"], "*", SearchOption.AllDirectories).Order());
        Assert.Contains("holds 'best.old'", Assert.Throws<HkaFerException>(() => Quickstart.Run(scratch["u"])).Message);
    }

    [Fact]
    public void Recipe_of_its_user_alone_in_a_folder_is_not_replaced()
    {
        using var scratch = new Scratch();
        scratch.Write("u/recipe.yaml", "# mine\n");
        Assert.Contains("holds 'recipe.yaml'", Assert.Throws<HkaFerException>(() => TrainingRun.Execute(TinyRecipe.Least, scratch["u"])).Message);
        Assert.Equal("# mine\n", File.ReadAllText(scratch["u/recipe.yaml"]));
    }

    [Theory]
    [InlineData("lock")]
    [InlineData("lock", "lock.owner", "recipe.yaml", "recipe.yaml.123.tmp", "state/train.pictures")]
    public void What_a_run_leaves_before_its_run_json_is_no_obstacle(params string[] left)
    {
        using var scratch = new Scratch();
        foreach (string name in left)
        {
            scratch.Write(Path.Combine("run", name), "");
        }

        Assert.Equal(2, TrainingRun.Execute(TinyRecipe.Least, scratch["run"]).Epochs);
    }

    [Fact]
    public void Notes_that_its_user_puts_into_a_models_folder_outlive_training()
    {
        using var scratch = new Scratch();
        string[] notes = [scratch["run/last/notes.txt"], scratch["run/last/backbone/deeper/notes.txt"]];
        int steps = 0;
        TrainingRun.Execute(TinyRecipe.Least, scratch["run"], false, null, null, null, () =>
        {
            if (++steps == 3)
            {
                Array.ForEach(notes, note => scratch.Write(note, "mine"));
            }
        }, default);

        Assert.All(notes, note => Assert.Equal("mine", File.ReadAllText(note)));
        Assert.Empty(Directory.EnumerateDirectories(scratch["run"], "*.hkafer-*"));
    }

    [Fact]
    public void Saved_backbone_replaces_an_earlier_one_whole_and_leaves_the_rest_of_the_folder()
    {
        using var scratch = new Scratch();
        scratch.Write("backbone/notes.txt", "mine");
        string index = scratch.Write("backbone/model.safetensors.index.json", "of an earlier checkpoint in parts");
        TrainingRun.Execute(TinyRecipe.Least.With($"backbone.save={scratch["backbone"]}"), scratch["run"]);

        Assert.Equal("mine", File.ReadAllText(scratch["backbone/notes.txt"]));
        Assert.False(File.Exists(index));
        Assert.Equal(16, Models.VisionTransformer.Load(scratch["backbone"]).Config.Width);
        Assert.Empty(Directory.EnumerateDirectories(scratch.Folder, "*.hkafer-*"));
    }
}
