using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Logits by likeness to the classes' texts (equations 16, 17): cosine over a temperature, with or without learnable context.</summary>
public sealed class ClipTextHead : Module
{
    private readonly ClipClassTexts? _texts;

    /// <summary>Embeddings that are known, or will be loaded.</summary>
    /// <param name="classes">Number of classes.</param>
    /// <param name="projectionWidth">Width of the space that images and texts share.</param>
    /// <param name="temperature">What cosines are divided by.</param>
    /// <param name="context">Shape of the context that made the embeddings, which is kept beside them; none where there was none.</param>
    public ClipTextHead(int classes, int projectionWidth, double temperature = DefaultTemperature, Shape? context = null)
    {
        if (temperature is not (> 0 and < 1e6))
        {
            throw new HkaFerException($"clip: temperature is {temperature}; expected a number above 0");
        }

        Temperature = temperature;
        Embeddings = Declare("text_embeds", [classes, projectionWidth], Init.Normal(1 / Math.Sqrt(projectionWidth)));
        Context = context is { } shape ? Declare("context", shape, Init.Normal(0.02)) : null;
    }

    /// <summary>Texts to be embedded through the frozen text encoder; with learnable context at every step.</summary>
    /// <param name="texts">The classes' texts.</param>
    /// <param name="embeddings"><c>[classes, projection]</c>, of the texts without context.</param>
    /// <param name="temperature">What cosines are divided by.</param>
    /// <param name="contextTokens">Learnable tokens at the front of each text; 0 for none.</param>
    /// <param name="shared">Whether all classes have the same context.</param>
    public ClipTextHead(ClipClassTexts texts, Tensor embeddings, double temperature = DefaultTemperature, int contextTokens = 0, bool shared = false)
        : this(Known(texts).Classes, Known(embeddings).Shape[1], temperature, ContextShape(texts, contextTokens, shared))
    {
        Embeddings.Value = embeddings;
        _texts = texts;
    }

    /// <summary>The paper's temperature.</summary>
    public const double DefaultTemperature = 0.01;

    /// <summary>What cosines are divided by.</summary>
    public double Temperature { get; }

    /// <summary>The classes' embeddings <c>[classes, projection]</c>, of length one, without learnable context; never trained.</summary>
    public Parameter Embeddings { get; }

    /// <summary>Learnable context <c>[classes, tokens, d]</c>, or <c>[tokens, d]</c> for all classes; or none.</summary>
    public Parameter? Context { get; }

    /// <summary>Whether the context takes part; switched off, the head is that of the texts alone.</summary>
    public bool UsesContext { get; set; } = true;

    /// <summary>The embeddings that logits are computed with now.</summary>
    /// <returns><c>[classes, projection]</c>.</returns>
    public Tensor Current() => Context is not null && UsesContext && _texts is not null ? _texts.Embed(Context.Value) : Embeddings;

    /// <summary>[batch, projection], of length one -> [batch, classes].</summary>
    public Tensor Forward(Tensor features) => Ops.Scale(Ops.Linear(features, Current()), 1 / Temperature);

    private static Shape? ContextShape(ClipClassTexts texts, int tokens, bool shared) => tokens == 0 ? null
        : shared ? [tokens, texts.Width]
        : [texts.Classes, tokens, texts.Width];

    private static T Known<T>(T? value)
        where T : class => value ?? throw new ArgumentNullException(nameof(value));
}
