using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>A new folder with a model: a conversion, or a checkpoint with random weights.</summary>
internal static class ModelFolder
{
    /// <inheritdoc cref="NewFolder.Write"/>
    internal static void Write(string output, Action<string> write) => NewFolder.Write(output, write, Owns);

    /// <summary>All that such a model consists of, in the folder itself or in that of a backbone within.</summary>
    private static bool Owns(string path) => Path.GetFileName(path) is var name && (ModelFiles.IsOfBackbone(name) || ModelConverter.Beside.Contains(name)
        || name is AnsweringFiles.AskedName or "adapter_config.json" or "adapter_model.safetensors");
}
