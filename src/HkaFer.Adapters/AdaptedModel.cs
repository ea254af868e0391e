using HkaFer.Models;

namespace HkaFer.Adapters;

/// <summary>One adapter of an <see cref="AdapterSet"/> with its own head and class names.</summary>
/// <param name="Name">What requests call it.</param>
/// <param name="Classifier">The shared backbone under the adapter's own head.</param>
/// <param name="Adapter">The adapter, or null where the head alone was trained.</param>
public sealed record AdaptedModel(string Name, ImageClassifier Classifier, Adapter? Adapter)
{
    /// <summary>Class names, in the order of the logits.</summary>
    public IReadOnlyList<string> Labels => Classifier.Labels;

    /// <summary>What it adds to the memory of the backbone: the weights of adapter and head.</summary>
    public long AddedParameters => (Adapter?.ParameterCount ?? 0) + Classifier.Head.ParameterCount;
}
