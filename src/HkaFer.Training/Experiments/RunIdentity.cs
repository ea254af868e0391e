using System.Text.Json;
using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>
/// What the runs of an experiment begin with, read once for all of them: a run that is done counts only where its data and its backbone are those of today, whatever
/// they are called.
/// </summary>
internal sealed class RunIdentity
{
    private readonly Dictionary<object, (string Name, string Hash)[]> _splits = [];
    private readonly Dictionary<string, string> _backbones = new(StringComparer.Ordinal);

    /// <summary>Checks a run that is done.</summary>
    /// <param name="folder">The run's.</param>
    /// <param name="recipe">What it is to have trained.</param>
    /// <exception cref="HkaFerException">It began with other data or another backbone, or does not say with which.</exception>
    internal void Check(string folder, Recipe recipe)
    {
        JsonElement? began = Began(folder);
        Refuse(folder, Data(began, Splits(recipe.Data, () => RunData.Open(recipe.Data))) ?? Backbone(began, recipe.Backbone.Folder, Encoder));
    }

    /// <summary>Checks a stage that is done.</summary>
    /// <param name="folder">The stage's.</param>
    /// <param name="recipe">What it is to have trained.</param>
    /// <param name="stage">Which of its stages.</param>
    /// <param name="before">The model of the stage before, or null.</param>
    /// <exception cref="HkaFerException">It began with other data, another model or another first stage, or does not say with which.</exception>
    internal void Check(string folder, AnswerRecipe recipe, AnswerStage stage, string? before)
    {
        JsonElement? began = Began(folder);
        string sources = string.Join('\n', [.. stage.Data.Train, $"valid {stage.Data.Valid}", $"test {stage.Data.Test}"]);
        Refuse(folder, Data(began, Splits(sources, stage.Data.Open)) ?? Backbone(began, recipe.Backbone, Answering)
            ?? (began?.Text("stage_before") == (before is null ? null : AnswerTask.AdapterHash(before)) ? null : "was done on another first stage than the one that is there now"));
    }

    private static JsonElement? Began(string folder) => new RunFolder(folder).ReadSummary().At(RunFingerprint.Key);

    private static void Refuse(string folder, string? difference)
    {
        if (difference is not null)
        {
            throw new HkaFerException($"{folder}: {difference}; take this folder away to train it again, or keep it and name another folder with --out");
        }
    }

    private static string? Data(JsonElement? began, (string Name, string Hash)[] splits)
    {
        if (began?.At("data") is not { } data)
        {
            return "does not say what it was trained on";
        }

        return !splits.Select(split => split.Name).Order().SequenceEqual(data.EnumerateObject().Select(split => split.Name).Order()) ? "was done with other splits"
            : splits.FirstOrDefault(split => data.At(split.Name)?.Text("sha256") != split.Hash) is { Name: { } changed } ? $"was done with other pictures or labels in the {changed} split"
            : null;
    }

    private string? Backbone(JsonElement? began, string? name, Func<string, string> hash)
    {
        if (name is null)
        {
            return null;
        }

        if (!_backbones.TryGetValue(name, out string? known))
        {
            known = _backbones[name] = hash(name);
        }

        return began?.Text("backbone") == known ? null : $"was done on another backbone of this name ({name})";
    }

    private (string Name, string Hash)[] Splits(object key, Func<RunData> open)
    {
        if (!_splits.TryGetValue(key, out (string, string)[]? splits))
        {
            splits = _splits[key] = [.. open().Splits().Select(split => (split.Name, SplitFingerprint.Of(split.Data).Hash))];
        }

        return splits;
    }

    private static string Encoder(string name) => ModelHash.Of(Backbones.Load(Backbones.FromHub(name)?.Folder ?? Backbones.Resolve(name)));

    private static string Answering(string name) => ModelHash.Of(AnsweringFiles.LoadBase(Backbones.Resolve(name)));
}
