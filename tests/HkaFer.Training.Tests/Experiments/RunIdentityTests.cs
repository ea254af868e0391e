using HkaFer.Adapters;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

/// <summary>Runs that are done, and whose data or backbone were replaced under the same name.</summary>
public sealed class RunIdentityTests : IDisposable
{
    private readonly Scratch _scratch = new(inMemory: true);

    [Fact]
    public void Run_of_the_same_pictures_and_backbone_counts_and_of_others_is_named()
    {
        Save(seed: 1);
        Recipe recipe = Faces.Recipe(_scratch, 14) with { Backbone = _scratch["vit"], Method = new LoRA { Rank = 2 } };
        var run = new RecipeRun("run", recipe, null, new RunIdentity());
        Assert.True(run.Execute(_scratch["run"], other => other.Name, null, default));
        run.CheckDone(_scratch["run"], other => other.Name);
        Assert.Null(Problem(recipe));

        Save(seed: 2);
        Assert.Contains("on another backbone of this name", Problem(recipe));
        Save(seed: 1);
        Assert.Null(Problem(recipe));

        // The same picture under another class: the same name, content and number.
        string file = Faces.Files(_scratch)[0], faces = Path.GetDirectoryName(Path.GetDirectoryName(file))!;
        string other = Directory.GetDirectories(faces).Order().Last();
        File.Move(file, Path.Combine(other, Path.GetFileName(file)));
        Assert.Contains("other pictures or labels in the train split", Problem(recipe));
    }

    [Fact]
    public void Run_that_changed_before_it_was_done_is_told_to_be_taken_away()
    {
        Save(seed: 1);
        Recipe recipe = Faces.Recipe(_scratch, 14) with { Backbone = _scratch["vit"], Method = new LoRA { Rank = 2 } };
        using var stop = new CancellationTokenSource();
        TrainingRun.Execute(recipe, _scratch["run"], false, null, null, null, stop.Cancel, stop.Token);
        Save(seed: 2);
        string message = Assert.Throws<HkaFerException>(
            () => new RecipeRun("run", recipe, null, new RunIdentity()).Execute(_scratch["run"], other => other.Name, null, default)).Message;
        Assert.Contains("the backbone changed since the run began", message);
        Assert.Contains("take this folder away", message);
        Assert.DoesNotContain("--out", message);
    }

    public void Dispose() => _scratch.Dispose();

    private void Save(ulong seed)
    {
        var vit = new Models.VisionTransformer(new Models.VitConfig { Width = 16, Depth = 1, Heads = 2, Patch = 16, ImageSize = 32, MlpRatio = 2 });
        vit.Initialize(seed);
        vit.Save(_scratch["vit"]);
    }

    // A new identity each time, as each command has.
    private string? Problem(Recipe recipe) => Record.Exception(() => new RunIdentity().Check(_scratch["run"], recipe))?.Message;
}
