using System.Text.RegularExpressions;

namespace HkaFer.Training;

/// <summary>The files that a run writes into the folders of its models. Nothing else in them is the run's to delete.</summary>
internal static partial class ModelFiles
{
    private const string Backbone = "backbone/";

    /// <summary>Whether a file of a model, by its path in <c>best/</c> or <c>last/</c>, is the run's.</summary>
    internal static bool Owns(string path) => path is "adapter_config.json" or "adapter_model.safetensors"
        || (path.StartsWith(Backbone, StringComparison.Ordinal) && IsOfBackbone(path[Backbone.Length..]));

    /// <summary>Whether a file of this name is one of a backbone's folder.</summary>
    internal static bool IsOfBackbone(string name) =>
        name is "config.json" or "model.safetensors" or "model.safetensors.index.json" || Shard().IsMatch(name);

    [GeneratedRegex(@"^model-\d+-of-\d+\.safetensors$")]
    private static partial Regex Shard();
}
