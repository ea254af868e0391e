using HkaFer.Adapters;
using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>What a stage will do, told without loading any weights.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Pictures">Pictures of an epoch.</param>
/// <param name="Classes">Names of the classes.</param>
/// <param name="ScoredOn">What scores its epochs, or null.</param>
/// <param name="Epochs">Passes over the pictures.</param>
/// <param name="Steps">Updates of an epoch.</param>
/// <param name="Trainable">Weights that it trains.</param>
/// <param name="PromptTokens">Tokens of the prompt without the picture's.</param>
public sealed record StagePlan(
    string Name, int Pictures, IReadOnlyList<string> Classes, string? ScoredOn, int Epochs, int Steps, long Trainable, int PromptTokens)
{
    /// <summary>The stages of a recipe.</summary>
    /// <exception cref="HkaFerException">The recipe is not complete, or data or model are missing.</exception>
    public static IReadOnlyList<StagePlan> Of(AnswerRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        string place = Backbones.Resolve(recipe.Backbone ?? throw new HkaFerException("recipe: backbone is missing; give the checkpoint of a Qwen2-VL or Qwen2.5-VL"));
        string config = Path.Combine(place, "config.json");
        var model = new QwenVl(QwenVlConfig.Parse(CheckpointFolder.ReadJson(config), config));
        QwenTokenizer tokenizer = QwenTokenizer.Load(place);
        var plans = new List<StagePlan>();
        foreach ((AnswerStage stage, long trained) in recipe.Stages.Zip(Trained(model, recipe)))
        {
            RunData data = AnswerTask.Open(recipe, stage);
            AnswerPrompt prompt = AnswerPrompt.For(data.Train.Classes, recipe.Prompt);
            plans.Add(new StagePlan(
                stage.Name, data.Train.Count, data.Train.Classes, data.Scored is { } scored ? $"{scored.Kind} {scored.Split}" : null, stage.Epochs,
                (data.Train.Count + recipe.Training.Accumulate - 1) / recipe.Training.Accumulate, trained,
                QwenChat.Encode(tokenizer, [new ChatMessage("user", ChatPart.Image, prompt.Text)], 1).Length - 1));
        }

        return plans;
    }

    /// <summary>Weights that each stage trains: its own adapter's, and where both are kept those of the stage before.</summary>
    /// <param name="model">The model; needs no values.</param>
    /// <param name="recipe">The recipe.</param>
    internal static IReadOnlyList<long> Trained(QwenVl model, AnswerRecipe recipe)
    {
        long[] own = [.. recipe.Stages.Select(stage =>
        {
            Adapter adapter = Adapter.Attach(model, new LoRA { Rank = stage.Rank }, stage.Name);
            long count = adapter.ParameterCount;
            adapter.Remove();
            return count;
        })];
        return [.. own.Select((count, i) => count + (i > 0 && recipe.Join == AdapterJoin.Stack ? own[i - 1] : 0))];
    }

    /// <summary>One line.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"stage {Name}: {Pictures:N0} pictures in {Classes.Count} classes, {Epochs} epochs of {Steps:N0} updates, {Trainable:N0} trained weights, a prompt of {PromptTokens} tokens, scored on {ScoredOn ?? "nothing"}");
}
