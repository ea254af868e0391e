using HkaFer.Adapters;
using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>Makes the model that a recipe describes, ready to be trained.</summary>
internal static class ModelBuilder
{
    /// <summary>Backbone, head, adapter, with fresh values where none are loaded.</summary>
    internal static ExpressionModel Build(Recipe recipe, IReadOnlyList<string> labels)
    {
        string place = recipe.Backbone.Scratch is not null ? "" : Backbones.Resolve(
            recipe.Backbone.Folder ?? throw new HkaFerException("recipe: backbone is missing; name a folder, or sizes under backbone.scratch"));
        VisionTransformer backbone = recipe.Backbone.Scratch is { } config ? new VisionTransformer(config) : VisionTransformer.Load(place);
        backbone.ActivationCheckpointing = recipe.Training.ActivationCheckpointing;
        var classifier = new Classifier(backbone, labels);
        Adapter? adapter = null;
        if (recipe.Method.TrainsBackbone)
        {
            classifier.TrainAll();
        }
        else if (recipe.Method.Adapter is { } adapterConfig)
        {
            adapter = classifier.Adapt(adapterConfig);
        }
        else
        {
            classifier.TrainHeadOnly();
        }

        classifier.Initialize(recipe.Training.Seed);
        adapter?.Initialize(recipe.Training.Seed);
        if (recipe.Backbone.Dtype == BackboneDtype.Bfloat16)
        {
            backbone.NarrowFrozenLayers();
        }

        return new ExpressionModel(classifier, adapter, recipe.Preprocessing, Backbones.FullName(place));
    }

    /// <summary>What the optimizer is given.</summary>
    internal static IReadOnlyList<Parameter> Trainable(ExpressionModel model) =>
    [
        .. model.Classifier.Parameters().Select(p => p.Parameter).Concat(model.Adapter?.Parameters().Select(p => p.Parameter) ?? [])
            .Where(parameter => parameter.Trainable),
    ];
}
