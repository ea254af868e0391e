using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Features to logits.</summary>
public sealed class ClassifierHead : Module
{
    /// <param name="width">Width d of the tokens.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="pooling">What of the tokens the head reads.</param>
    public ClassifierHead(int width, int classes, HeadPooling pooling = HeadPooling.ClassToken)
    {
        (Width, Pooling) = (width, pooling);
        int features = pooling == HeadPooling.ClassToken ? width : 2 * width;
        Weight = Declare("weight", [classes, features], Init.Uniform(1 / Math.Sqrt(features)));
        Bias = Declare("bias", [classes], Init.Zeros);
    }

    /// <summary>Width d of the tokens.</summary>
    public int Width { get; }

    /// <summary>What of the tokens the head reads.</summary>
    public HeadPooling Pooling { get; }

    /// <summary><c>[classes, features]</c>; features is d, or 2 d with the mean of the patches.</summary>
    public Parameter Weight { get; }

    /// <summary><c>[classes]</c>.</summary>
    public Parameter Bias { get; }

    /// <summary>Tokens to the features that the head reads.</summary>
    /// <param name="tokens"><c>[batch, tokens, d]</c>, the class token first.</param>
    /// <param name="patchesFrom">Index of the first patch token: 1 and the number of registers.</param>
    /// <returns><c>[batch, features]</c>.</returns>
    public Tensor Pool(Tensor tokens, int patchesFrom = 1)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        Tensor classToken = tokens.Select(1, 0);
        if (Pooling == HeadPooling.ClassToken)
        {
            return classToken;
        }

        int batch = tokens.Shape[0], patches = tokens.Shape[1] - patchesFrom;
        Tensor mean = Ops.MatMul(Tensor.Full([batch, 1, patches], 1.0 / patches, tokens.DType), tokens.Slice(1, patchesFrom, patches).Contiguous());
        return Ops.Concat(1, classToken, mean.Select(1, 0));
    }

    /// <summary>
    /// The weight as published classifiers have it, for class token and mean of the patches: that of a head on the class token alone is [W, 0].
    /// </summary>
    /// <returns><c>[classes, 2 d]</c>.</returns>
    public Tensor PublishedWeight()
    {
        Tensor weight = Weight.Value.Detach();
        return Pooling == HeadPooling.ClassToken ? Ops.Concat(1, weight, Tensor.Zeros(weight.Shape)) : weight;
    }

    /// <summary>[batch, features] -> [batch, classes].</summary>
    public Tensor Forward(Tensor features) => Ops.Linear(features, Weight, Bias);
}
