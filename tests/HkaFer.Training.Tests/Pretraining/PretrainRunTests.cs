using System.Text.Json;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public sealed class PretrainRunTests
{
    /// <summary>Two epochs of four steps, each saved, with everything that draws random numbers switched on.</summary>
    internal static PretrainRecipe Tiny { get; } = PretrainRecipe.Parse("""
        data: { train: "faces:?seed=3&count=28&size=32", held_out: 0.2 }
        backbone: { scratch: { width: 16, depth: 1, heads: 2, patch: 8, image_size: 32, mask_token: false } }
        masking: { show: 2, show_every: 1, decoder: { width: 8, depth: 1, heads: 2 } }
        schedule: { kind: cosine, warmup_epochs: 1 }
        training: { epochs: 2, batch: 6, ema: 0.9, clip: 1, save_every: 1 }
        augmentation: { flip: 0.5, erasing: 0.2 }
        preprocessing: { size: 32 }
        """);

    [Fact]
    public void Run_that_is_stopped_after_every_step_ends_with_the_same_bits()
    {
        using var scratch = new Scratch();
        PretrainResult whole = PretrainRun.Execute(Tiny, scratch["whole"]);
        for (bool interrupted = true; interrupted;)
        {
            using var stop = new CancellationTokenSource();
            interrupted = PretrainRun.Execute(Tiny, scratch["cut"], true, null, null, stop.Cancel, stop.Token).Interrupted;
        }

        Assert.Equal(RunContent.Of(scratch["whole"]), RunContent.Of(scratch["cut"]));
        Assert.Equal((2, false), (whole.Epochs, whole.Interrupted));
    }

    [Fact]
    public void Loss_on_held_out_pictures_falls()
    {
        using var scratch = new Scratch();
        PretrainRecipe recipe = PretrainRecipe.Parse("""
            data: { train: "faces:?seed=3&count=140&size=32", held_out: 0.1 }
            backbone: { scratch: { width: 32, depth: 2, heads: 2, patch: 8, image_size: 32, mask_token: false } }
            masking: { show: 0, decoder: { width: 16, depth: 1, heads: 2 } }
            optimizer: { kind: adamw, learning_rate: 3e-3 }
            training: { epochs: 12, batch: 16, eval_every: 12 }
            augmentation: null
            preprocessing: { size: 32 }
            """);

        // One is what a guess of plain patches costs; 0.86 is what these twelve epochs reach.
        Assert.InRange(PretrainRun.Execute(recipe, scratch["run"]).Last!.Value, 0.3, 0.9);
        Assert.False(File.Exists(new RunFolder(scratch["run"]).Reconstructions));
    }

    [Fact]
    public void Backbone_that_came_of_it_is_one_for_recipes()
    {
        using var scratch = new Scratch();
        string saved = scratch["saved"];
        PretrainResult result = PretrainRun.Execute(Tiny with { Backbone = Tiny.Backbone with { Save = saved } }, scratch["run"]);
        var encoder = (VisionTransformer)Backbones.Load(result.Backbone);
        Assert.Equal(Tiny.Backbone.Scratch, encoder.Config);
        Assert.InRange(encoder.ParameterCount, 1, result.Total - 1);
        Assert.Equal(encoder.Config, ((VisionTransformer)Backbones.Load(saved)).Config);
        Recipe train = TinyRecipe.Least.With($"backbone.folder={result.Backbone}", "backbone.scratch=null", "method=lora");
        Assert.Equal(2, TrainingRun.Execute(train, scratch["on it"]).Epochs);
    }

    [Fact]
    public void Preprocessing_goes_with_the_backbone()
    {
        using var scratch = new Scratch();
        PretrainRecipe recipe = PretrainRecipe.Parse(
            Tiny.ToYaml(), sets: ["preprocessing.mean=[0.5, 0.4, 0.3]", "preprocessing.std=[0.25, 0.2, 0.1]", "preprocessing.resampling=lanczos", $"backbone.save={scratch["saved"]}", "training.epochs=1"]);
        PretrainResult result = PretrainRun.Execute(recipe, scratch["run"]);
        foreach (string folder in (string[])[result.Backbone, scratch["saved"]])
        {
            Preprocessing stated = CheckpointPreprocessing.For(folder, Backbones.Load(folder));
            Assert.Equal(recipe.Preprocessing.Resolve(new Preprocessing { Edge = 32 }), stated);
        }

        // Written over without a complaint: the file is one of a backbone's.
        PretrainRun.Execute(recipe, scratch["again"]);
        Assert.Contains("preprocessor_config.json", Directory.GetFiles(scratch["saved"]).Select(path => Path.GetFileName(path)));
    }

    [Fact]
    public void Backbone_of_another_size_is_refused_before_there_is_a_run()
    {
        using var scratch = new Scratch();
        TinyModels.Vit().Save(scratch["vit"]);
        int side = Backbones.Load(scratch["vit"]).ImageSize;
        PretrainRecipe recipe = Tiny with { Backbone = scratch["vit"], Preprocessing = Tiny.Preprocessing with { Size = 2 * side } };
        string message = Assert.Throws<HkaFerException>(() => PretrainRun.Execute(recipe, scratch["run"])).Message;
        Assert.Contains($"--set preprocessing.size={side}", message);
        Assert.False(RunFolder.IsRun(scratch["run"]));
    }

    [Fact]
    public void Run_is_resumed_with_the_settings_of_the_backbone_that_it_began_with()
    {
        using var scratch = new Scratch();
        PretrainRecipe recipe = Tiny with { Backbone = PretrainRun.Execute(Tiny, scratch["first"]).Backbone };
        using (var stop = new CancellationTokenSource())
        {
            PretrainRun.Execute(recipe, scratch["run"], false, null, null, stop.Cancel, stop.Token);
        }

        string config = Path.Combine(recipe.Backbone.Folder!, "config.json"), text = File.ReadAllText(config);
        string changed = System.Text.RegularExpressions.Regex.Replace(text, "\"layer_norm_eps\": [^,\\s]+", "\"layer_norm_eps\": 0.001");
        Assert.NotEqual(text, changed);
        File.WriteAllText(config, changed);
        string message = Assert.Throws<HkaFerException>(() => PretrainRun.Execute(recipe, scratch["run"], resume: true)).Message;
        Assert.Contains("the backbone's config.json changed", message);
    }

    [Fact]
    public void Training_of_a_backbone_goes_on_from_its_weights()
    {
        using var scratch = new Scratch();
        PretrainResult first = PretrainRun.Execute(Tiny, scratch["first"]);
        PretrainRecipe more = Tiny with { Backbone = first.Backbone, Training = Tiny.Training with { Epochs = 1, Seed = 2 } };
        string hash = PretrainRunHash(PretrainRun.Execute(more, scratch["more"]).Folder);
        Assert.Equal(ModelHash.Of(Backbones.Load(first.Backbone)), hash);

        static string PretrainRunHash(string folder) => new RunFolder(folder).ReadSummary().GetProperty("fingerprint").GetProperty("backbone").GetString()!;
    }

    [Fact]
    public void Reconstructions_are_of_the_shown_epochs_and_stand_in_the_report()
    {
        using var scratch = new Scratch();
        PretrainRun.Execute(Tiny, scratch["run"]);
        var folder = new RunFolder(scratch["run"]);
        IReadOnlyList<JsonElement> epochs = ReconstructionFile.Read(folder.Reconstructions);
        Assert.Equal([1, 2], epochs.Select(e => e.GetProperty("epoch").GetInt32()));
        Image sheet = Image.Decode(epochs[1].GetProperty("png").GetBytesFromBase64(), "sheet");
        Assert.Equal((64, 96), (sheet.Width, sheet.Height));
        string report = File.ReadAllText(folder.Report);
        Assert.Contains("After epoch 2, loss ", report);
        Assert.Contains(epochs[1].GetProperty("png").GetString()!, report);
        Assert.DoesNotContain("accuracy", report);
        Assert.DoesNotContain("cropped", report);
    }

    [Fact]
    public void Folder_of_pictures_needs_no_labels_and_held_out_ones_are_not_learned_from()
    {
        using var scratch = new Scratch();
        ImageDataset faces = DataSource.Parse("faces:?count=14&size=32").Open("train");
        for (int i = 0; i < faces.Count; i++)
        {
            faces.Load(i).SavePng(scratch[$"pictures/{i % 3}/{i}.png"]);
        }

        PretrainRun.Execute(Tiny with { Data = Tiny.Data with { Train = scratch["pictures"] } }, scratch["run"]);
        JsonElement data = new RunFolder(scratch["run"]).ReadSummary().GetProperty("fingerprint").GetProperty("data");
        Assert.Equal((11, 3), (data.GetProperty("train").GetProperty("pictures").GetInt32(), data.GetProperty("held_out").GetProperty("pictures").GetInt32()));
    }

    [Fact]
    public void Run_is_no_classifier_and_says_what_to_do()
    {
        using var scratch = new Scratch();
        PretrainRun.Execute(Tiny, scratch["run"]);
        string message = Assert.Throws<HkaFerException>(() => ExpressionModel.Load(scratch["run"])).Message;
        Assert.Contains("train one on it", message);
        Assert.Null(RunRow.Read(scratch["run"]).Accuracy);
    }

    [Fact]
    public void Too_few_pictures_are_told() => Assert.Contains(
        "give more, or set data.held_out to 0",
        Assert.Throws<HkaFerException>(() =>
        {
            using var scratch = new Scratch();
            DataSource.Parse("faces:?count=7&size=32").Open("train").Load(0).SavePng(scratch["one/a.png"]);
            PretrainRun.Execute(Tiny with { Data = scratch["one"] }, scratch["run"]);
        }).Message);
}
