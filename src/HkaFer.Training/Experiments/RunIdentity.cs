using System.Text.Json;
using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>
/// What the runs of an experiment begin with, read once for all of them: a run that is done counts only where its data and its backbone are those of today, whatever
/// they are called.
/// </summary>
internal sealed class RunIdentity
{
    private readonly Dictionary<DataSettings, (string Name, string Hash)[]> _splits = [];
    private readonly Dictionary<string, string> _backbones = new(StringComparer.Ordinal);

    /// <summary>Checks a run that is done.</summary>
    /// <param name="folder">The run's.</param>
    /// <param name="recipe">What it is to have trained.</param>
    /// <exception cref="HkaFerException">It began with other data or another backbone, or does not say with which.</exception>
    internal void Check(string folder, Recipe recipe)
    {
        JsonElement? began = new RunFolder(folder).ReadSummary().At(RunFingerprint.Key), data = began?.At("data");
        (string Name, string Hash)[] splits = Splits(recipe.Data);
        string? difference = data is null ? "does not say what it was trained on"
            : splits.Select(split => split.Name).Order().SequenceEqual(data.Value.EnumerateObject().Select(split => split.Name).Order())
                && splits.FirstOrDefault(split => data.Value.At(split.Name)?.Text("sha256") != split.Hash) is { Name: var changed }
                ? changed is null ? null : $"was done with other pictures or labels in the {changed} split"
            : "was done with other splits";
        if (difference is null && recipe.Backbone.Folder is { } backbone && began?.Text("backbone") != Hash(backbone))
        {
            difference = $"was done on another backbone of this name ({backbone})";
        }

        if (difference is not null)
        {
            throw new HkaFerException($"{folder}: {difference}; take this folder away to train it again, or keep it and name another folder with --out");
        }
    }

    private (string Name, string Hash)[] Splits(DataSettings settings)
    {
        if (!_splits.TryGetValue(settings, out (string, string)[]? splits))
        {
            splits = _splits[settings] = [.. RunData.Open(settings).Splits().Select(split => (split.Name, SplitFingerprint.Of(split.Data).Hash))];
        }

        return splits;
    }

    private string Hash(string backbone)
    {
        if (!_backbones.TryGetValue(backbone, out string? hash))
        {
            hash = _backbones[backbone] = ModelHash.Of(Backbones.Load(Backbones.FromHub(backbone)?.Folder ?? Backbones.Resolve(backbone)));
        }

        return hash;
    }
}
