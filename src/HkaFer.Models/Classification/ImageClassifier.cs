using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>An image encoder and what makes class logits of its features.</summary>
public abstract class ImageClassifier : Module
{
    /// <param name="labels">Class names, in the order of the logits.</param>
    /// <exception cref="HkaFerException">There are fewer than two, or two are the same.</exception>
    protected ImageClassifier(IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count < 2 || labels.Distinct(StringComparer.Ordinal).Count() != labels.Count)
        {
            throw new HkaFerException($"classifier: needs at least two labels, all different; got [{string.Join(", ", labels.Take(8))}{(labels.Count > 8 ? ", .." : "")}]");
        }

        Labels = labels;
    }

    /// <summary>Class names, in the order of the logits.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Features.</summary>
    public abstract ImageEncoder Backbone { get; }

    /// <summary>What stands on the features; its parameters, if it has any, are trained by every method.</summary>
    public abstract Module Head { get; }

    /// <summary>Parameters that receive no gradient, or must not, whatever is trained.</summary>
    public virtual IEnumerable<Parameter> Idle => Backbone.Idle;

    /// <summary>Whether the class token is all that the head reads of the tokens; then <see cref="Classify"/> may be given it alone.</summary>
    public abstract bool ReadsClassTokenAlone { get; }

    /// <summary>[batch, channels, height, width] -> logits [batch, classes].</summary>
    public Tensor Forward(Tensor pixels) => Classify(Backbone.Encode(pixels, ReadsClassTokenAlone));

    /// <summary>
    /// The logits of images whose tokens the backbone has computed: all, or the class token where <see cref="ReadsClassTokenAlone"/>.
    /// [batch, tokens, d] -> [batch, classes].
    /// </summary>
    public abstract Tensor Classify(Tensor tokens);
}
