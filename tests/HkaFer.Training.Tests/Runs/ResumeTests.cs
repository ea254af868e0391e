using System.Text.Json.Nodes;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

/// <summary>A run goes on only as what it was, and only where something is left to do.</summary>
public sealed class ResumeTests
{
    [Fact]
    public void Finished_run_that_is_resumed_gives_the_same_result_and_changes_no_file()
    {
        using var scratch = new Scratch();
        string folder = scratch["run"];
        RunResult first = TrainingRun.Execute(TinyRecipe.Least, folder);
        Dictionary<string, DateTime> written = Written(folder);

        RunResult again = TrainingRun.Execute(TinyRecipe.Least, folder, resume: true);

        Assert.Equal(written, Written(folder));
        Assert.Equal(Text(first), Text(again));
    }

    [Fact]
    public void Resume_where_there_is_no_run_begins_it()
    {
        using var scratch = new Scratch();
        TrainingRun.Execute(TinyRecipe.Least, scratch["one"]);
        TrainingRun.Execute(TinyRecipe.Least, scratch["two"], resume: true);
        Assert.Equal(RunContent.Of(scratch["one"]), RunContent.Of(scratch["two"]));
    }

    [Fact]
    public void Saving_within_epochs_changes_no_result()
    {
        using var scratch = new Scratch();
        TrainingRun.Execute(TinyRecipe.Least, scratch["one"]);
        TrainingRun.Execute(TinyRecipe.Least.With("training.save_every=0"), scratch["two"]);
        string[] differ = ["run.json", "recipe.yaml"];
        Assert.Equal(RunContent.Of(scratch["one"]).Where(f => !differ.Contains(f.Key)), RunContent.Of(scratch["two"]).Where(f => !differ.Contains(f.Key)));
    }

    [Theory]
    [InlineData("threads", "7", "the thread count changed since the run began, and only an equal run is sure to end with the same bits; it was 7, now ", "set HKAFER_THREADS=7")]
    [InlineData("instruction_set", "\"mmx\"", "the processor's instruction set changed since the run began", "it was mmx, now ")]
    [InlineData("recipe", "\"0\"", "the recipe changed since the run began", "recipe.yaml was edited")]
    public void Resume_with_another_setting_is_refused_with_both_values(string key, string value, string what, string remedy)
    {
        using var scratch = new Scratch();
        string folder = Interrupted(TinyRecipe.Least, scratch["run"]), summary = Path.Combine(folder, "run.json");
        JsonNode json = JsonNode.Parse(File.ReadAllText(summary))!;
        json["fingerprint"]![key] = JsonNode.Parse(value);
        File.WriteAllText(summary, json.ToJsonString());

        string message = Refused(TinyRecipe.Least, folder);
        Assert.Contains(what, message);
        Assert.Contains(remedy, message);
    }

    [Theory]
    [InlineData("hkafer", "the program's version changed since the run began")]
    [InlineData("runtime", "the version of .NET changed since the run began")]
    [InlineData("codecs", "the libraries that decode pictures changed since the run began")]
    public void Resume_with_other_software_is_refused_with_both_versions(string key, string what)
    {
        using var scratch = new Scratch();
        string folder = Interrupted(TinyRecipe.Least, scratch["run"]), summary = Path.Combine(folder, "run.json");
        JsonNode json = JsonNode.Parse(File.ReadAllText(summary))!;
        string now = json["fingerprint"]!["software"]![key]!.ToString();
        json["fingerprint"]!["software"]![key] = "0.0.1-other";
        File.WriteAllText(summary, json.ToJsonString());

        string message = Refused(TinyRecipe.Least, folder);
        Assert.Contains(what, message);
        Assert.Contains($"it was 0.0.1-other, now {now}", message);
        Assert.Contains("start another run with --out", message);
    }

    [Fact]
    public void Later_parts_of_a_run_are_listed_and_the_first_keeps_its_own_words()
    {
        using var scratch = new Scratch();
        string folder = Interrupted(TinyRecipe.Least, scratch["run"]), summary = Path.Combine(folder, "run.json");
        JsonNode json = JsonNode.Parse(File.ReadAllText(summary))!;
        Assert.Null(json["parts"]);
        json["command"] = new JsonArray("as it was first called");
        json["machine"]!["cpu"] = "the first machine";
        File.WriteAllText(summary, json.ToJsonString());
        using (var stop = new CancellationTokenSource())
        {
            Assert.True(TrainingRun.Execute(TinyRecipe.Least, folder, true, null, null, null, stop.Cancel, stop.Token).Interrupted);
        }

        TrainingRun.Execute(TinyRecipe.Least, folder, resume: true);

        json = JsonNode.Parse(File.ReadAllText(summary))!;
        Assert.Equal("as it was first called", Assert.Single(json["command"]!.AsArray())!.ToString());
        Assert.Equal("the first machine", json["machine"]!["cpu"]!.ToString());
        JsonArray parts = json["parts"]!.AsArray();
        Assert.Equal(2, parts.Count);
        Assert.All(parts, part => Assert.Equal(Environment.GetCommandLineArgs(), part!["command"]!.AsArray().Select(arg => arg!.ToString())));
        Assert.All(parts, part => Assert.NotEqual("the first machine", part!["machine"]!["cpu"]!.ToString()));
    }

    [Fact]
    public void Resume_without_the_checkpoint_is_refused_and_keeps_what_is_left()
    {
        using var scratch = new Scratch();
        string folder = Interrupted(TinyRecipe.Least, scratch["run"]);
        File.Delete(TrainingState.File(new RunFolder(folder).State));
        string message = Refused(TinyRecipe.Least, folder);
        Assert.Contains("state.safetensors: is missing, and the run had reached epoch 0, step 1; put the file back", message);
        Assert.Equal(7, ExpressionModel.Load(folder).Labels.Count);
    }

    [Fact]
    public void Run_that_failed_in_its_second_epoch_had_a_checkpoint()
    {
        using var scratch = new Scratch();
        string folder = Interrupted(TinyRecipe.Least, scratch["run"]), file = new RunFolder(folder).Summary;
        JsonNode summary = JsonNode.Parse(File.ReadAllText(file))!;
        (summary["status"], summary["epochs_done"], summary["step"]) = ("failed", 1, 1);
        File.WriteAllText(file, summary.ToJsonString());
        File.Delete(TrainingState.File(new RunFolder(folder).State));
        Assert.Contains("is missing, and the run had reached epoch 1, step 1", Refused(TinyRecipe.Least, folder));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{\"BestEpoch\": 3}")]
    public void State_that_says_nothing_is_no_state(string numbers)
    {
        using var scratch = new Scratch();
        Parameter[] parameters = [.. TinyModels.Vit().Parameters().Select(p => p.Parameter).Take(1)];
        parameters[0].Trainable = true;
        var optimizer = new Adam(parameters, 1e-3);
        SafeTensorsWriter.Save(
            TrainingState.File(scratch.Folder), [($"weight.{parameters[0].Path}", parameters[0].Value.Detach()), .. optimizer.State().Select(s => ($"optimizer.{s.Name}", s.Tensor))],
            new Dictionary<string, string> { ["state"] = numbers });
        Assert.Contains("holds no training state", Assert.Throws<HkaFerException>(() => TrainingState.Load(scratch.Folder, parameters, optimizer)).Message);
    }

    [Fact]
    public void Resume_with_a_changed_recipe_names_the_key_and_both_values()
    {
        using var scratch = new Scratch();
        string folder = Interrupted(TinyRecipe.Least, scratch["run"]);
        Assert.Contains("in training; it says 'seed: 1', now 'seed: 2'", Refused(TinyRecipe.Least.With("training.seed=2"), folder));
    }

    [Fact]
    public void Resume_with_another_backbone_is_refused()
    {
        using var scratch = new Scratch();
        var config = new VitConfig { Width = 16, Depth = 1, Heads = 2, Patch = 16, ImageSize = 32 };
        Recipe recipe = TinyRecipe.Least with { Backbone = new BackboneSettings { Folder = Backbone(1) }, Method = MethodSettings.Linear };
        string folder = Interrupted(recipe, scratch["run"]);
        Backbone(2);
        Assert.Matches("the backbone changed since the run began.*it was [0-9a-f]{64}, now [0-9a-f]{64}", Refused(recipe, folder));

        string Backbone(ulong seed)
        {
            var backbone = new VisionTransformer(config);
            backbone.Initialize(seed);
            backbone.Save(scratch["backbone"]);
            return scratch["backbone"];
        }
    }

    [Fact]
    public void Resume_with_changed_data_names_the_first_picture_or_the_counts()
    {
        using var scratch = new Scratch();
        Recipe recipe = Faces.Recipe(scratch, 14);
        string folder = Interrupted(recipe, scratch["run"]), picture = Faces.Files(scratch)[3], copy = scratch["copy.png"];
        File.Copy(picture, copy);

        Faces.Draw(999, picture);
        Assert.Contains($"1 of 14 pictures have another name, label or content, the first is '{picture}'", Refused(recipe, folder));

        File.Delete(picture);
        Assert.Contains("train split: it had 14 pictures, now 13", Refused(recipe, folder));

        File.Move(copy, picture);
        Assert.False(TrainingRun.Execute(recipe, folder, resume: true).Interrupted);
    }

    [Fact]
    public void Large_data_is_told_apart_by_length_everywhere_and_by_content_of_a_sample()
    {
        using var scratch = new Scratch();
        Faces.Recipe(scratch, 14);
        string[] files = Faces.Files(scratch);
        SplitFingerprint Of(long limit) => SplitFingerprint.Of(DataSource.Parse($"folder:{scratch["faces"]}").Open("all"), limit);
        long total = files.Sum(f => new FileInfo(f).Length);
        Assert.Equal(1, Of(total).Every);
        SplitFingerprint half = Of((total + 1) / 2);
        Assert.Equal(2, half.Every);

        byte[] bytes = File.ReadAllBytes(files[1]);
        bytes[^1] ^= 1;
        File.WriteAllBytes(files[1], bytes);
        Assert.Equal(half.Hash, Of((total + 1) / 2).Hash);
        Assert.NotEqual(half.Hash, Of(total).Hash);

        File.WriteAllBytes(files[1], [.. bytes, 0]);
        Assert.NotEqual(half.Hash, Of((total + 2) / 2).Hash);
    }

    [Fact]
    public void Data_with_other_soft_labels_is_other_data()
    {
        static string Of(float share) => SplitFingerprint.Of(new ListedFaces(2, 0, 1) { Shares = [[share, 1 - share], [0, 1]] }).Hash;
        Assert.Equal(Of(0.75f), Of(0.75f));
        Assert.NotEqual(Of(0.75f), Of(0.5f));
    }

    [Fact]
    public void Run_folder_that_lost_a_record_or_its_recipe_is_refused()
    {
        using var scratch = new Scratch();
        string folder = scratch["run"];
        TrainingRun.Execute(TinyRecipe.Least, folder);
        File.Delete(Path.Combine(folder, "metrics.jsonl"));
        Assert.Contains("metrics.jsonl: holds 0 epochs, the checkpoint has completed 2", Refused(TinyRecipe.Least, folder));
        File.Delete(Path.Combine(folder, "recipe.yaml"));
        Assert.Contains("recipe.yaml: is missing", Refused(TinyRecipe.Least, folder));
    }

    [Fact]
    public void Run_json_tells_machine_versions_command_and_hashes()
    {
        using var scratch = new Scratch();
        string folder = scratch["run"];
        TrainingRun.Execute(TinyRecipe.Least, folder);
        JsonNode run = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "run.json")))!;
        Assert.All((string[])["cpu", "instruction_set", "architecture", "processors", "threads", "memory_bytes"], key => Assert.NotNull(run["machine"]![key]));
        Assert.All((string[])["hkafer", "runtime", "system"], key => Assert.NotNull(run["versions"]![key]));
        Assert.NotEmpty(run["command"]!.AsArray());
        Assert.Matches("^[0-9a-f]{64}$", run["fingerprint"]!["backbone"]!.ToString());
        Assert.All((string[])["train", "valid", "test"], split => Assert.Matches("^[0-9a-f]{64}$", run["fingerprint"]!["data"]![split]!["sha256"]!.ToString()));
        Assert.Equal("14", run["fingerprint"]!["data"]!["train"]!["pictures"]!.ToString());
    }

    private static string Interrupted(Recipe recipe, string folder)
    {
        using var stop = new CancellationTokenSource();
        Assert.True(TrainingRun.Execute(recipe, folder, false, null, null, null, stop.Cancel, stop.Token).Interrupted);
        return folder;
    }

    private static string Refused(Recipe recipe, string folder)
    {
        SortedDictionary<string, string> before = RunContent.Of(folder);
        string message = Assert.Throws<HkaFerException>(() => TrainingRun.Execute(recipe, folder, resume: true)).Message;
        Assert.Equal(before, RunContent.Of(folder));
        return message;
    }

    private static string Text(RunResult result) =>
        string.Join('\n', new[] { result.Best!.Metrics, result.Last!, result.Test!.Metrics }.Select(MetricsJson.Write).Select(json => json.ToJsonString()))
        + $"\n{result.Best.Epoch} {result.Trainable} {result.Total}";

    private static Dictionary<string, DateTime> Written(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Where(path => Path.GetFileName(path) != "lock").ToDictionary(path => path, File.GetLastWriteTimeUtc);
}
