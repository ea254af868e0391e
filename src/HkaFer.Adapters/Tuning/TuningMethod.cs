using HkaFer.Models;

namespace HkaFer.Adapters;

/// <summary>What of a classifier is trained: an adapter, the head alone, or everything.</summary>
public static class Tuning
{
    /// <summary>Freezes the backbone, puts an adapter on it and trains adapter and head.</summary>
    /// <param name="model">The classifier.</param>
    /// <param name="config">Kind and options: <c>new HeKA { Adapters = 4 }</c>.</param>
    /// <param name="name">Tells adapters of one backbone apart.</param>
    /// <returns>The adapter, without values: <see cref="Adapter.Initialize"/> draws them, <see cref="AdapterFile.LoadInto"/> reads saved ones.</returns>
    /// <exception cref="HkaFerException">A target matches no layer, or the options do not fit a layer; nothing is changed then.</exception>
    public static Adapter Adapt(this ImageClassifier model, AdapterConfig config, string name = "default")
    {
        ArgumentNullException.ThrowIfNull(model);
        Adapter adapter = Adapter.Attach(model.Backbone, config, name);
        model.TrainHeadOnly();
        return adapter;
    }

    /// <summary>The backbone is frozen, the head is trained: a linear probe, or the learnable context of CLIP's texts.</summary>
    public static void TrainHeadOnly(this ImageClassifier model)
    {
        ArgumentNullException.ThrowIfNull(model);
        model.Backbone.SetTrainable(false);
        model.Head.SetTrainable(true);
        Freeze(model.Idle);
    }

    /// <summary>Full fine-tuning: everything that receives a gradient is trained. The mask token receives none, and the embeddings of texts are no weights.</summary>
    public static void TrainAll(this ImageClassifier model)
    {
        ArgumentNullException.ThrowIfNull(model);
        model.SetTrainable(true);
        Freeze(model.Idle);
    }

    private static void Freeze(IEnumerable<Parameter> parameters)
    {
        foreach (Parameter parameter in parameters)
        {
            parameter.Trainable = false;
        }
    }
}
