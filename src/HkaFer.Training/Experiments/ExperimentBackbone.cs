using System.Text.Json;
using HkaFer.Adapters;
using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>A backbone as experiments use it: its family, the size of its pictures, and what each method would train of it, all from its config alone.</summary>
internal sealed class ExperimentBackbone
{
    /// <summary>Side of the paper's pictures.</summary>
    private const int PaperSize = 224;

    private readonly string _file;
    private readonly JsonElement _config;

    internal ExperimentBackbone(string name)
    {
        Name = name;
        string folder = Backbones.Resolve(name);
        _file = Path.Combine(folder, "config.json");
        _config = CheckpointFolder.ReadJson(_file);
        IsClip = ClipImageEncoder.IsIn(folder);
        ImageEncoder encoder = Declare();

        // CLIP takes pictures of its own size only; others are resized to what the paper trains on, where they are not smaller.
        Size = IsClip ? encoder.ImageSize : Math.Min(PaperSize, encoder.ImageSize);
    }

    /// <summary>As it was named.</summary>
    internal string Name { get; }

    /// <summary>CLIP, compared with texts; else a vision transformer with a linear head.</summary>
    internal bool IsClip { get; }

    /// <summary>Side of its pictures.</summary>
    internal int Size { get; }

    /// <summary>Its name in tables and folders.</summary>
    internal string ShortName => ShortNameOf(Name);

    /// <summary>A backbone's name in tables and folders: the last part of what it was named by.</summary>
    internal static string ShortNameOf(string name) => Path.GetFileName(Path.TrimEndingDirectorySeparator(name.Split('@')[0])) is { Length: > 0 } last ? last : name;

    /// <summary>Weights that a recipe trains of it, head included; nothing is loaded.</summary>
    /// <exception cref="HkaFerException">The method does not fit it; the message says where.</exception>
    internal long Trainable(Recipe recipe, IReadOnlyList<string> labels)
    {
        ImageEncoder encoder = Declare();
        ExpressionModel.CheckSize(encoder, recipe.Preprocessing.Resolve(new Data.Preprocessing()));
        ImageClassifier model = encoder is ClipImageEncoder clip && recipe.Method.Kind != MethodSettings.Linear.Kind
            ? new ClipClassifier(clip, labels, new ClipTextHead(labels.Count, clip.Projection.Out))
            : new Classifier(encoder, labels);
        long context = model is ClipClassifier && recipe.Text.Context > 0
            ? (long)recipe.Text.Context * (recipe.Text.Shared ? 1 : labels.Count) * ClipConfig.Parse(_config, _file).Text.Width : 0;
        if (recipe.Method.Adapter is { } adapter)
        {
            return model.Adapt(adapter).ParameterCount + model.TrainableCount + context;
        }

        if (recipe.Method.TrainsBackbone)
        {
            model.TrainAll();
        }
        else
        {
            model.TrainHeadOnly();
        }

        return model.TrainableCount + context;
    }

    private ImageEncoder Declare() => IsClip ? ClipImageEncoder.Declare(_config, _file) : new VisionTransformer(VitConfig.Parse(_config, _file));
}
