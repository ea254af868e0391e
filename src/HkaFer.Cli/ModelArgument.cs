using HkaFer.Models;
using HkaFer.Training;

namespace HkaFer.Cli;

/// <summary>RUN-OR-ADAPTER on the command line.</summary>
internal static class ModelArgument
{
    /// <summary>The model in the box, or null where this build has none.</summary>
    public static string? InTheBox { get; } = FindInTheBox();

    /// <summary>Loads a model.</summary>
    /// <param name="path">A run or an adapter; the model in the box where null.</param>
    /// <param name="backbone">Overrides the backbone that the adapter names.</param>
    /// <param name="instead">What was given where a model was possible, for the message.</param>
    public static ExpressionModel Load(string? path, string? backbone, string? instead = null)
    {
        string? folder = path ?? InTheBox;
        if (folder is not null && ExpressionModel.IsModel(folder))
        {
            return ExpressionModel.Load(folder, backbone);
        }

        string what = path is null ? "model: none was given, and this build has none in the box" : $"model: '{path}' is none";
        string hint = instead is null ? "" : $" ('{instead}' has neither run.json nor adapter_config.json)";
        throw new HkaFerException(
            $"{what}{hint}; name a run or adapter folder first, or make one: hkafer quickstart, or hkafer train RECIPE"
            + (path is not null && Hub.IsId(path) ? $"; a CLIP checkpoint of the hub must be fetched first: hkafer pull {path}" : ""));
    }

    private static string? FindInTheBox()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "models", "faces");
        return ExpressionModel.IsModel(path) ? path : null;
    }
}
