using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>A backbone and a linear head on its class token (equation 15).</summary>
public sealed class Classifier : Module
{
    /// <param name="backbone">Features.</param>
    /// <param name="labels">Class names, in the order of the logits.</param>
    public Classifier(VisionTransformer backbone, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count < 2 || labels.Distinct(StringComparer.Ordinal).Count() != labels.Count)
        {
            throw new HkaFerException($"classifier: needs at least two labels, all different; got [{string.Join(", ", labels)}]");
        }

        Labels = labels;
        Backbone = Child("backbone", backbone);
        Head = Child("classifier", new ClassifierHead(backbone.Config.Width, labels.Count));
    }

    /// <summary>Class names, in the order of the logits.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Features.</summary>
    public VisionTransformer Backbone { get; }

    /// <summary>The head.</summary>
    public ClassifierHead Head { get; }

    /// <summary>[batch, channels, height, width] -> logits [batch, classes].</summary>
    public Tensor Forward(Tensor pixels) => Head.Forward(Backbone.Forward(pixels).Select(1, 0));
}

/// <summary>Features to logits.</summary>
public sealed class ClassifierHead : Module
{
    /// <param name="width">Feature width.</param>
    /// <param name="classes">Number of classes.</param>
    public ClassifierHead(int width, int classes)
    {
        Weight = Declare("weight", [classes, width], Init.Uniform(1 / Math.Sqrt(width)));
        Bias = Declare("bias", [classes], Init.Zeros);
    }

    /// <summary><c>[classes, width]</c>.</summary>
    public Parameter Weight { get; }

    /// <summary><c>[classes]</c>.</summary>
    public Parameter Bias { get; }

    /// <summary>[batch, width] -> [batch, classes].</summary>
    public Tensor Forward(Tensor features) => Ops.Linear(features, Weight, Bias);
}
