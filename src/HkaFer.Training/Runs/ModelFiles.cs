using System.Text.RegularExpressions;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>A run's models in their folders, and which files there are the run's: nothing else is its to delete.</summary>
internal static partial class ModelFiles
{
    private const string Backbone = "backbone/";

    /// <summary>Whether a file of a model, by its path in <c>best/</c> or <c>last/</c>, is the run's.</summary>
    internal static bool Owns(string path) => AnsweringFiles.Owns(path)
        || (path.StartsWith(Backbone, StringComparison.Ordinal) && IsOfBackbone(path[Backbone.Length..]));

    /// <summary>Whether a file of this name is one of a backbone's folder.</summary>
    internal static bool IsOfBackbone(string name) =>
        name is "config.json" or "model.safetensors" or "model.safetensors.index.json" or "generation_config.json" or "vocab.json" or "merges.txt" or "tokenizer_config.json"
            or CheckpointPreprocessing.FileName || Shard().IsMatch(name);

    /// <summary>Puts a model in the place of the one that a folder holds, if it holds one.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">Replaced whole.</param>
    /// <param name="withBackbone">Whether training changed the backbone, which then goes with it.</param>
    internal static void Save(ExpressionModel model, string folder, bool withBackbone) => AtomicFolder.Replace(folder, fresh =>
    {
        if (!withBackbone)
        {
            model.Save(fresh);
            return;
        }

        Write(model.Classifier.Backbone, Path.Combine(fresh, "backbone"), model.Preprocessing);
        model.With(null, "backbone").Save(fresh);
    }, Owns);

    /// <summary>Writes a backbone, and how pictures are prepared for it, which training on it takes from there.</summary>
    internal static void Write(ImageEncoder backbone, string folder, Preprocessing preprocessing, DType dtype = DType.Float32)
    {
        backbone.Save(folder, dtype);
        CheckpointPreprocessing.Write(folder, preprocessing);
    }

    /// <summary>Checks before training that a backbone can be saved where <c>backbone.save</c> says, and not when all is done.</summary>
    /// <exception cref="HkaFerException">It cannot.</exception>
    internal static void CheckPlace(string save, string key = "backbone.save")
    {
        if (WritablePlace.Obstacle(save) is { } why)
        {
            throw new HkaFerException($"{key}: {Path.GetFullPath(save)} cannot be written ({why}); name a folder that can, or take {key} away");
        }
    }

    /// <summary>Writes a backbone in bfloat16, as <see cref="Write"/>, in the place of the one that a folder, or a link to one, holds.</summary>
    /// <param name="backbone">The backbone.</param>
    /// <param name="save">The folder, as <c>backbone.save</c> says.</param>
    /// <param name="preprocessing">How pictures are prepared for it.</param>
    internal static void SaveBackbone(ImageEncoder backbone, string save, Preprocessing preprocessing) =>
        SaveBackbone(save, fresh => Write(backbone, fresh, preprocessing, DType.BFloat16));

    /// <summary>Fills a folder with a backbone in the place of the one that it, or what it is a link to, holds.</summary>
    internal static void SaveBackbone(string save, Action<string> write)
    {
        string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(save));
        string place = Directory.Exists(folder) ? Directory.ResolveLinkTarget(folder, returnFinalTarget: true)?.FullName ?? folder : folder;
        try
        {
            AtomicFolder.Replace(place, write, IsOfBackbone);
        }
        catch (HkaFerException) when (Directory.Exists(place))
        {
            // A folder that cannot change places, as one on which a disk is mounted, gets file by file.
            write(place);
        }
    }

    [GeneratedRegex(@"^model-\d+-of-\d+\.safetensors$")]
    private static partial Regex Shard();
}
