using System.IO.Compression;
using System.Text.RegularExpressions;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Testing;
using HkaFer.Training;

namespace HkaFer.Package.Tests;

/// <summary>The package <c>HkaFer</c>, in programs that have nothing else of this repository.</summary>
[Collection(nameof(Feed))]
public sealed class LibraryPackageTests(Feed feed)
{
    [Fact]
    public void Package_holds_every_floor_with_documentation_and_symbols()
    {
        using ZipArchive package = ZipFile.OpenRead(feed.Packages.Single(p => Regex.IsMatch(Path.GetFileName(p), @"^HkaFer\.[0-9.]+\.nupkg$")));
        string[] floors = ["Adapters", "Data", "Models", "Tensors", "Training"];
        Assert.Equal(
            floors.SelectMany(f => (string[])[$"HkaFer.{f}.dll", $"HkaFer.{f}.pdb", $"HkaFer.{f}.xml"]),
            package.Entries.Where(e => e.FullName.StartsWith("lib/net10.0/", StringComparison.Ordinal)).Select(e => e.Name).Order(StringComparer.Ordinal));
        Assert.All(["faces-vit", "mae", "supervised"], name => Assert.NotNull(package.GetEntry($"backbones/{name}/model.safetensors")));
        Assert.All(["faces-vit", "mae", "supervised"], name => Assert.NotNull(package.GetEntry($"backbones/{name}/README.md")));
        Assert.All(["model.safetensors", "merges.txt", "vocab.json", "README.md"], name => Assert.NotNull(package.GetEntry($"backbones/cer-base/{name}")));
        Assert.NotNull(package.GetEntry("library.md"));
    }

    [Fact]
    public void Lines_of_the_readme_compile_and_run()
    {
        string program = feed.Build("readme", CodeOf("README.md")[0]);

        // What the lines name lies in the working directory: a small backbone, faces by expression, new faces.
        using var work = new Scratch();
        var backbone = new VisionTransformer(new VitConfig { Width = 32, Depth = 1, Heads = 2, Patch = 56, ImageSize = 224, MlpRatio = 2 });
        backbone.Initialize(1);
        backbone.Save(work["checkpoints/dinov2-small"]);
        Draw(work, "faces/happy", Expression.Happiness, 5);
        Draw(work, "faces/not", Expression.Anger, 5);
        Draw(work, "new", Expression.Happiness, 2);

        string[] lines = Lines(Dotnet.Run(work.Folder, program));
        Assert.Equal(3, lines.Length);
        Assert.EndsWith(" trained weights", lines[0]);
        Assert.All(lines[1..], line => Assert.Matches("^new.*png: (happy|not) [0-9.]+ %$", line));
        Assert.True(File.Exists(work["happy-or-not/adapter_model.safetensors"]));
    }

    [Fact]
    public void Program_of_the_product_guide_compiles_and_runs()
    {
        string program = feed.Build("product", string.Concat(CodeOf("docs/guide-product.md")));
        using var work = new Scratch();
        var backbone = new VisionTransformer(new VitConfig { Width = 32, Depth = 1, Heads = 2, Patch = 16, ImageSize = 48, MlpRatio = 2 });
        backbone.Initialize(1);
        backbone.Save(work["models/backbone"]);
        var classifier = new Classifier(backbone, ["anger", "happiness"]);
        classifier.Initialize(2);
        new ExpressionModel(classifier, null, new Preprocessing { Size = 48 }, "elsewhere").Save(work["models/expressions"]);
        Draw(work, "faces", Expression.Happiness, 20);
        work.Write("faces/21.png", "no picture");

        string[] lines = Lines(Dotnet.Run(work.Folder, program));
        Assert.Equal("labels: anger, happiness", lines[0]);
        Assert.Matches("^(anger|happiness) [0-9]+ ?%$", lines[1]);
        Assert.Equal(21, lines[2..^2].Length);
        Assert.Equal("21.png: skipped", Assert.Single(lines[2..^2], line => !Regex.IsMatch(line, @"^\d+\.png: (anger|happiness) [0-9.]+ %$")));
        Assert.Equal("same from two threads: True", lines[^2]);
        Assert.StartsWith("image upload 18: not a picture", lines[^1]);
    }

    [Fact]
    public void Adapter_of_the_guide_compiles_outside_this_repository_trains_and_loads()
    {
        string[] code = CodeOf("docs/guide-new-method.md");
        Assert.Equal(File.ReadAllText(Path.Combine(Fixtures.Root, "tests/HkaFer.Adapters.Tests/Guide/Bottleneck.cs")).ReplaceLineEndings("\n"), code[0]);
        string program = feed.Build("research", code[1], ("Bottleneck.cs", code[0]));
        using var work = new Scratch();

        string[] lines = Lines(Dotnet.Run(work.Folder, program));
        Assert.Equal(4, lines.Length);
        Assert.Matches("^bottleneck-0: [0-9,]+ trained weights, accuracy ([0-9.]+ ?%)$", lines[0]);
        Assert.StartsWith("bottleneck-2: ", lines[1]);
        Assert.StartsWith("lora-0: ", lines[2]);
        Assert.Equal($"loaded: bottleneck, {lines[0][lines[0].IndexOf("accuracy", StringComparison.Ordinal)..]}", lines[3]);
        Assert.Contains("  size: 8\n  scale: 1\n", File.ReadAllText(work["runs/bottleneck-0/recipe.yaml"]));
    }

    [Fact]
    public void Backbone_in_the_box_and_every_dependency_come_with_the_package()
    {
        // YAML, CSV and logging are what the package depends on.
        string program = feed.Build("box", """
            using HkaFer.Data;
            using HkaFer.Training;
            using Microsoft.Extensions.Logging.Abstractions;

            FaceGenerator.Draw(FaceSpec.FromSeed(FaceDomain.Source, Expression.Happiness, 1, 48)).SavePng("happy.png");
            FaceGenerator.Draw(FaceSpec.FromSeed(FaceDomain.Source, Expression.Anger, 1, 48)).SavePng("angry.png");
            File.WriteAllText("list.csv", "path,label\nhappy.png,happiness\nangry.png,anger\n");
            Recipe recipe = Recipe.Parse("data: list.csv\nbackbone: faces-vit\npreprocessing: { size: 48 }\ntraining: { epochs: 1 }\n");
            RunResult run = TrainingRun.Execute(recipe, "run", log: NullLogger.Instance);
            Console.WriteLine(ExpressionModel.Load(run.Folder).Predict(Image.Decode("happy.png")));
            AnsweringModel.Untrained("cer-base", AnswerPrompt.For(["happiness", "anger"], "minimal")).Ask(Image.Decode("happy.png"));
            """);
        using var work = new Scratch();
        Assert.Matches("^(happiness|anger) [0-9.]+ %$", Assert.Single(Lines(Dotnet.Run(work.Folder, program))));
    }

    private static void Draw(Scratch work, string folder, Expression expression, int count)
    {
        for (int i = 0; i < count; i++)
        {
            string path = work[$"{folder}/{i}.png"];
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            FaceGenerator.Draw(FaceSpec.FromSeed(FaceDomain.Source, expression, (ulong)i, 48)).SavePng(path);
        }
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>The blocks of C# in a document.</summary>
    private static string[] CodeOf(string document) =>
    [
        .. Regex.Matches(File.ReadAllText(Path.Combine(Fixtures.Root, document)).ReplaceLineEndings("\n"), "^```csharp\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)
            .Select(block => block.Groups[1].Value),
    ];
}
