using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>Makes the model that a recipe describes, ready to be trained.</summary>
internal static class ModelBuilder
{
    /// <summary>Backbone, head, adapter, with fresh values where none are loaded.</summary>
    internal static ExpressionModel Build(Recipe recipe, IReadOnlyList<string> labels)
    {
        HubSnapshot? published = recipe.Backbone is { Scratch: null, Folder: { } id } ? Backbones.FromHub(id) : null;
        string? folder = recipe.Backbone.Scratch is not null ? null
            : published?.Folder ?? Backbones.Resolve(recipe.Backbone.Folder ?? throw new HkaFerException("recipe: backbone is missing; name a folder, or sizes under backbone.scratch"));
        ImageEncoder backbone = folder is null ? new VisionTransformer(recipe.Backbone.Scratch!) : Backbones.Load(folder);
        backbone.ActivationCheckpointing = recipe.Training.ActivationCheckpointing;
        Preprocessing preprocessing = recipe.Preprocessing.Resolve(CheckpointPreprocessing.Of(folder, backbone));
        ExpressionModel.CheckSize(backbone, preprocessing);
        ExpressionModel model = backbone is ClipImageEncoder clip && recipe.Method.Kind != MethodSettings.Linear.Kind
            ? ExpressionModel.OnTexts(clip, folder!, labels, recipe.Text, preprocessing, recipe.Backbone.Folder!)
            : new ExpressionModel(new Classifier(backbone, labels), null, preprocessing, "");
        if (model.Prompts.Count == 0 && recipe.Text != new TextSettings())
        {
            throw new HkaFerException($"recipe: text has no effect on {(backbone is ClipImageEncoder ? "method linear" : "a backbone without texts")}; take the section away");
        }

        Adapter? adapter = null;
        if (recipe.Method.TrainsBackbone)
        {
            model.Classifier.TrainAll();
        }
        else if (recipe.Method.Adapter is { } adapterConfig)
        {
            adapter = model.Classifier.Adapt(adapterConfig);
        }
        else
        {
            model.Classifier.TrainHeadOnly();
        }

        model.Classifier.Initialize(recipe.Training.Seed);
        adapter?.Initialize(recipe.Training.Seed);
        if (recipe.Backbone.Dtype == BackboneDtype.Bfloat16)
        {
            backbone.NarrowFrozenLayers();
            backbone.PackFrozenLayers();
        }

        // For files that outlive the run: a branch of the hub moves, a commit does not, and nor does a whole path.
        return model.With(adapter, published?.PinnedId ?? (folder is null ? "" : Backbones.FullName(folder)));
    }

    /// <summary>What the optimizer is given.</summary>
    internal static IReadOnlyList<Parameter> Trainable(ExpressionModel model) =>
    [
        .. model.Classifier.Parameters().Select(p => p.Parameter).Concat(model.Adapter?.Parameters().Select(p => p.Parameter) ?? [])
            .Where(parameter => parameter.Trainable),
    ];
}
