using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>Makes the model that a stage trains.</summary>
internal static class AnswerBuilder
{
    /// <summary>The frozen model, on it what the stage before has learnt, and a fresh adapter.</summary>
    /// <param name="recipe">All settings.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="before">The model of the stage before, or null.</param>
    /// <param name="labels">The classes of its data.</param>
    /// <exception cref="HkaFerException">Something is missing or does not fit; the message names it.</exception>
    internal static AnsweringModel Build(AnswerRecipe recipe, AnswerStage stage, string? before, IReadOnlyList<string> labels)
    {
        string name = recipe.Backbone ?? throw new HkaFerException("recipe: backbone is missing; give the checkpoint of a Qwen2-VL or Qwen2.5-VL");
        string place = Backbones.Resolve(name);
        QwenVl model = AnsweringFiles.LoadBase(place);
        ModelHash.Keep(model);
        model.SetTrainable(false);
        model.Text.ActivationCheckpointing = recipe.Training.ActivationCheckpointing;
        List<StageAdapter> earlier = [];
        if (before is not null)
        {
            Adapter learnt = AdapterFile.Open(before).AttachTo(model, AnsweringFiles.StageName(0));
            AnsweringFiles.Settle(model, learnt, recipe.Join);
            earlier.Add(new StageAdapter(learnt, recipe.Join));
        }

        model.PackFrozenLayers();
        Adapter adapter = Adapter.Attach(
            model, new LoRA { Rank = stage.Rank, Alpha = stage.Alpha ?? 2.0 * stage.Rank, Dropout = recipe.Training.Dropout }, AnsweringFiles.StageName(earlier.Count));
        adapter.Initialize(Rng.Combine(recipe.Training.Seed, stage.Name));
        PatchPreprocessing preprocessing = AnsweringParts.PreprocessingOf(place, model.Config, recipe.Preprocessing.MinPixels, recipe.Preprocessing.MaxPixels);
        var whole = new AnsweringModel(
            model, QwenTokenizer.Load(place), preprocessing, AnswerPrompt.For(labels, recipe.Prompt), Backbones.FullName(name), adapter, earlier);
        whole.CheckLargestPicture();
        return whole;
    }

    /// <summary>What the stage trains: its own adapter, and that of the stage before where both are kept.</summary>
    internal static IReadOnlyList<Parameter> Trainable(AnsweringModel model) =>
    [
        .. model.Earlier.Where(stage => stage.Join == AdapterJoin.Stack).SelectMany(stage => stage.Adapter.Parameters()).Select(p => p.Parameter),
        .. model.Adapter!.Parameters().Select(p => p.Parameter),
    ];
}
