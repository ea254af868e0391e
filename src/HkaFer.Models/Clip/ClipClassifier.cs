using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>CLIP as a classifier: the image's embedding against those of the classes' texts. Zero-shot as it is, and the paper's VLM when adapted.</summary>
public sealed class ClipClassifier : ImageClassifier
{
    /// <param name="backbone">The image encoder.</param>
    /// <param name="labels">Class names, in the order of the logits.</param>
    /// <param name="head">The classes' texts, in the same order.</param>
    /// <exception cref="HkaFerException">Counts or widths differ.</exception>
    public ClipClassifier(ClipImageEncoder backbone, IReadOnlyList<string> labels, ClipTextHead head)
        : base(labels)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        ArgumentNullException.ThrowIfNull(head);
        Shape expected = [labels.Count, backbone.Projection.Out];
        if (head.Embeddings.Shape != expected)
        {
            throw new HkaFerException($"clip: text embeddings have the shape {head.Embeddings.Shape}; expected {expected} (classes, projection_dim)");
        }

        Backbone = Child("backbone", backbone);
        Head = Child("head", head);
    }

    /// <inheritdoc/>
    public override ClipImageEncoder Backbone { get; }

    /// <inheritdoc/>
    public override ClipTextHead Head { get; }

    /// <inheritdoc/>
    public override IEnumerable<Parameter> Idle => base.Idle.Append(Head.Embeddings);

    /// <inheritdoc/>
    public override bool ReadsClassTokenAlone => true;

    /// <inheritdoc/>
    public override Tensor Classify(Tensor tokens) => Head.Forward(Backbone.Project(tokens));
}
