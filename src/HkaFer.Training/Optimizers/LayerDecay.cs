using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>
/// Layer-wise decay of the learning rate (Clark et al. 2020, Bao et al. 2022): what is near the pixels is general and changes little in fine-tuning, the head is new. The
/// head and the final norm have the whole rate, the last block decay times that, each block below decay times that of the one above, the embeddings the least.
/// </summary>
public static class LayerDecay
{
    /// <summary>The factor on the rate of each parameter, for an optimizer.</summary>
    /// <param name="model">Whose parameters are trained; others have the whole rate.</param>
    /// <param name="decay">From one block to the next, above 0 and at most 1.</param>
    public static Func<Parameter, double> Of(ImageClassifier model, double decay)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(decay);
        IReadOnlyList<Module> layers = model.Backbone.Layers;
        var factors = new Dictionary<Parameter, double>();
        foreach ((Module layer, int index) in layers.Select((layer, index) => (layer, index)))
        {
            foreach ((_, Parameter parameter) in layer.Parameters())
            {
                factors[parameter] = Math.Pow(decay, layers.Count - index);
            }
        }

        // Parameters come in the order of construction: what stands before the first block makes its input.
        foreach ((_, Parameter parameter) in model.Backbone.Parameters().TakeWhile(p => !factors.ContainsKey(p.Parameter)).ToArray())
        {
            factors[parameter] = Math.Pow(decay, layers.Count + 1);
        }

        return parameter => factors.GetValueOrDefault(parameter, 1);
    }
}
