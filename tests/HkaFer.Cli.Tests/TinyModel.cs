using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Testing;
using HkaFer.Training;

namespace HkaFer.Cli.Tests;

/// <summary>A backbone of two small blocks, an adapter on it, and a few pictures.</summary>
public sealed class TinyModel : IDisposable
{
    private readonly Scratch _scratch = new();

    public TinyModel()
    {
        var backbone = new VisionTransformer(new VitConfig { Width = 32, Depth = 2, Heads = 2, Patch = 8, ImageSize = 32, MlpRatio = 2 });
        backbone.Initialize(1);
        backbone.Save(Backbone);
        var classifier = new Classifier(backbone, [.. Expressions.Names.Take(7)]);
        Adapter adapter = classifier.Adapt(new HeKA());
        adapter.Initialize(2);
        classifier.Initialize(3);
        new ExpressionModel(classifier, adapter, new Preprocessing { Size = 32 }, Path.Combine("..", "backbone")).Save(Adapter);

        ImageDataset faces = DataSource.Parse("faces:?count=7&size=48").Open("test");
        foreach ((int index, string name) in
            ((string[])["b.png", "a.png", ".hidden.png", "deeper/c ü 顔.PNG", "star*.png", "-dash.png"]).Index())
        {
            string path = Path.Combine(Photos, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            faces.Load(index).SavePng(path);
        }

        File.WriteAllText(Path.Combine(Photos, "notes.txt"), "no picture");
        File.WriteAllText(Path.Combine(Root, "broken.png"), "<html>not found</html>");
        File.WriteAllText(Recipe, $"""
            data:
              train: "faces:?seed=1&count=56&size=48"
            backbone: "{Backbone}"
            method: linear
            training:
              epochs: 2
              batch: 8
            augmentation:
            preprocessing:
              size: 32
            """);
        File.WriteAllText(At("pretrain recipe.yaml"), $"""
            data:
              train: "{Photos}"
              held_out: 0.3
            backbone:
              scratch: {"{ width: 16, depth: 1, heads: 2, patch: 8, image_size: 32, mask_token: false }"}
            masking: {"{ show: 1, decoder: { width: 8, depth: 1, heads: 2 } }"}
            training: {"{ epochs: 1, batch: 2 }"}
            preprocessing:
              size: 32
            """);
    }

    public string Root => _scratch.Folder;

    public string Backbone => At("backbone");

    public string Adapter => At("adapter");

    public string Photos => At("photos");

    public string Recipe => At("small recipe.yaml");

    public string At(string name) => Path.Combine(Root, name);

    public void Dispose() => _scratch.Dispose();
}
