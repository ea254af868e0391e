using HkaFer.Training;

namespace HkaFer.Cli;

/// <summary>RUN-OR-ADAPTER on the command line where it is a vision-language model: one that was trained here, or a Qwen2-VL or Qwen2.5-VL as it is.</summary>
internal static class AnsweringArgument
{
    /// <summary>Whether a path is such a model.</summary>
    public static bool Is(string path) => AnsweringModel.IsModel(path) || Backbones.IsQwen(path);

    /// <summary>Loads it.</summary>
    /// <param name="path">What <see cref="Is"/> holds for.</param>
    /// <param name="backbone">Overrides the model that an adapter names.</param>
    /// <param name="prompts">What a checkpoint is asked; the minimal prompt where null.</param>
    /// <param name="classes">The classes that a checkpoint chooses from.</param>
    public static AnsweringModel Load(string path, string? backbone, string? prompts, IReadOnlyList<string> classes)
    {
        if (AnsweringModel.IsModel(path))
        {
            return prompts is null ? AnsweringModel.Load(path, backbone) : throw new UsageException(
                "--prompts belongs to a checkpoint; a trained model is asked what it was trained with");
        }

        return backbone is null
            ? AnsweringModel.Untrained(path, AnswerPrompt.For(classes, prompts ?? AnswerPrompt.BuiltIn[0]))
            : throw new UsageException($"--backbone belongs to an adapter; '{path}' is a checkpoint itself");
    }

    /// <summary>The value of <c>--decode</c>.</summary>
    public static AnswerDecoding Decoding(string? word) => word == "score" ? AnswerDecoding.Score : AnswerDecoding.Generate;

    /// <summary>Says what is to be known of a model before it answers.</summary>
    public static void Tell(AnsweringModel model, Output output)
    {
        output.LeftOut(model.LeftOver);
        if (model.StandsIn is { } instead)
        {
            output.Error($"warning: {instead}");
        }
    }

    /// <summary>Refuses <c>--batch</c> for a model that answers.</summary>
    public static void RefuseBatch(int? count)
    {
        if (count is not null)
        {
            throw new UsageException("--batch belongs to a model that gives probabilities of its classes; a vision-language model is asked about one picture at a time");
        }
    }

    /// <summary>Refuses <c>--decode</c> for a model that gives no answers.</summary>
    public static void RefuseDecoding(string? word)
    {
        if (word is not null)
        {
            throw new UsageException("--decode belongs to a vision-language model; this one gives probabilities of its classes");
        }
    }
}
