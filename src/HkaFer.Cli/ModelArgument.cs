using HkaFer.Models;
using HkaFer.Training;

namespace HkaFer.Cli;

/// <summary>RUN-OR-ADAPTER on the command line; where classes are known, also a CLIP checkpoint, which names them without training.</summary>
internal static class ModelArgument
{
    /// <summary>The model in the box, or null where this build has none.</summary>
    public static string? InTheBox { get; } = FindInTheBox();

    /// <summary>Says that the model in the box answers: whoever forgot to name a run shall not take its scores for the run's.</summary>
    /// <param name="output">Told.</param>
    /// <param name="another">The command with a model in its place.</param>
    public static void TellInTheBox(Output output, string another) =>
        output.Message($"model: {Backbones.Supervised}, the one in the box; another: hkafer {another}");

    /// <summary>Loads a model.</summary>
    /// <param name="path">A run or an adapter; the model in the box where null.</param>
    /// <param name="backbone">Overrides the backbone that the adapter names.</param>
    /// <param name="instead">What was given where a model was possible, for the message.</param>
    public static ExpressionModel Load(string? path, string? backbone, string? instead = null)
    {
        string? folder = path ?? (instead is not null && IsMeantAsModel(instead) ? null : InTheBox);
        if (folder is not null && ExpressionModel.IsModel(folder))
        {
            return ExpressionModel.Load(folder, backbone);
        }

        string? given = path ?? instead;
        string what = path is null && (given is null || File.Exists(given) || given.AsSpan().IndexOfAny('*', '?') >= 0)
            ? "model: none was given, and this build has none in the box" + (given is null ? "" : $" ('{given}' has neither run.json nor adapter_config.json)")
            : !Path.Exists(given) ? $"'{given}' does not exist, neither a model nor a picture; check the path"
            : Below(given!) is { Length: > 0 } below ? $"model: '{given}' is none, but holds {string.Join(", ", below)}"
            : $"model: '{given}' is none, for it has neither run.json nor adapter_config.json";
        throw new HkaFerException(
            $"{what}; name a run or adapter folder first, or make one: hkafer train RECIPE" + (InTheBox is null ? "" : ", or pictures alone for the model in the box")
            + (given is not null && !Path.Exists(given) && Backbones.MayBeOfHub(given) && !given.StartsWith("runs/", StringComparison.Ordinal) ? $"; an adapter or a CLIP checkpoint of the hub must be fetched first: hkafer pull {given}" : ""));
    }

    /// <summary>
    /// Whether a name that is no model was hardly meant as a picture: a misspelt run must not be answered by the model in the box. Names with an extension that are
    /// not there are pictures that are missing.
    /// </summary>
    private static bool IsMeantAsModel(string given) =>
        Path.Exists(given) ? Below(given).Length > 0 : given.AsSpan().IndexOfAny('*', '?') < 0 && !Path.HasExtension(given);

    /// <summary>Models one folder further down, as a quick start leaves them.</summary>
    private static string[] Below(string folder) => Directory.Exists(folder)
        ? [.. Directory.EnumerateDirectories(folder).Where(ExpressionModel.IsModel).Order(StringComparer.Ordinal).Take(5)]
        : [];

    /// <summary>Whether a path is a model: a run, an adapter, or a CLIP or Qwen-VL checkpoint as it is.</summary>
    public static bool Is(string path) => ExpressionModel.IsModel(path) || IsClip(path) || AnsweringArgument.Is(path);

    /// <summary>Loads a model, or a CLIP checkpoint (or an adapter on one that has no classes) with the texts of classes.</summary>
    /// <param name="path">A run, an adapter or a CLIP checkpoint; the model in the box where null.</param>
    /// <param name="backbone">Overrides the backbone that the adapter names.</param>
    /// <param name="prompts">The texts of the classes where the model has none; the default ones where null.</param>
    /// <param name="classes">The classes where the model has none; those of the prompts where null.</param>
    /// <param name="instead">What was given where a model was possible, for the message.</param>
    public static ExpressionModel Load(string? path, string? backbone, string? prompts, IReadOnlyList<string>? classes, string? instead = null)
    {
        if (path is not null && ExpressionModel.IsModel(path) && ExpressionModel.TakesTexts(path, backbone))
        {
            return ExpressionModel.Load(path, backbone, classes, prompts is null ? null : new TextSettings { Prompts = prompts });
        }

        if (path is null || !IsClip(path))
        {
            return prompts is null || !Path.Exists(path ?? instead) ? Load(path, backbone, instead) : throw new UsageException(
                "--prompts belongs to a CLIP checkpoint, or to an adapter of another program on one; a model that was trained here has the texts that it was trained with");
        }

        if (backbone is not null)
        {
            throw new UsageException($"--backbone belongs to an adapter; '{path}' is a checkpoint itself");
        }

        var text = new TextSettings { Prompts = prompts ?? ClassPrompts.Cues };
        return ExpressionModel.ZeroShot(path, classes ?? ClassPrompts.Classes(text.Prompts), text);
    }

    private static bool IsClip(string path) => !ExpressionModel.IsModel(path) && Backbones.IsClip(path);

    private static string? FindInTheBox()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "backbones", Backbones.Supervised);
        return ExpressionModel.IsModel(path) ? path : null;
    }
}
