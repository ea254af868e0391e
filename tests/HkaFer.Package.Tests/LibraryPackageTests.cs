using System.IO.Compression;
using System.Text.RegularExpressions;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Testing;

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
        Assert.NotNull(package.GetEntry("backbones/faces-vit/model.safetensors"));
        Assert.NotNull(package.GetEntry("library.md"));
    }

    [Fact]
    public void Lines_of_the_readme_compile_and_run()
    {
        string program = feed.Build("readme", CodeOf("README.md"));

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

    private static string CodeOf(string document)
    {
        string text = File.ReadAllText(Path.Combine(Fixtures.Root, document)).ReplaceLineEndings("\n"), open = "```csharp\n";
        int start = text.IndexOf(open, StringComparison.Ordinal) + open.Length;
        return text[start..text.IndexOf("```", start, StringComparison.Ordinal)];
    }
}
