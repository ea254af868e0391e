using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>A vision-language model as experiments use it, from its config alone: no weight is read.</summary>
internal sealed class AnsweringBackbone
{
    private readonly QwenVl _model;

    /// <exception cref="HkaFerException">There is none of this name, or it is another kind of model.</exception>
    internal AnsweringBackbone(string name)
    {
        Name = name;
        string folder = Backbones.Resolve(name);
        if (!QwenVl.IsIn(folder))
        {
            throw new HkaFerException($"--backbone '{name}': is no vision-language model; this table needs the checkpoint of a Qwen2-VL or Qwen2.5-VL, such as Qwen/Qwen2-VL-2B-Instruct");
        }

        string config = Path.Combine(folder, "config.json");
        _model = new QwenVl(QwenVlConfig.Parse(CheckpointFolder.ReadJson(config), config));
    }

    /// <summary>As it was named.</summary>
    internal string Name { get; }

    /// <summary>Its name in folders.</summary>
    internal string ShortName => ExperimentBackbone.ShortNameOf(Name);

    /// <summary>Weights that the last stage of a recipe trains of it.</summary>
    internal long Trainable(AnswerRecipe recipe) => StagePlan.Trained(_model, recipe)[^1];
}
