using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>Pictures to the features of a backbone, with or without an adapter: what the head of a classifier would read, after the last norm.</summary>
public sealed class FeatureExtractor
{
    private readonly ImageEncoder _encoder;

    /// <param name="encoder">The backbone; an adapter that is attached to it takes part.</param>
    /// <param name="preprocessing">How pictures become numbers.</param>
    /// <param name="kind">Which tokens.</param>
    public FeatureExtractor(ImageEncoder encoder, Preprocessing preprocessing, FeatureKind kind = FeatureKind.Class)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(preprocessing);
        (_encoder, Preprocessing, Kind) = (encoder, preprocessing, kind);
    }

    /// <summary>How pictures become numbers.</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>Tensors of the checkpoint that have no place in the backbone and were left out.</summary>
    public IReadOnlyList<string> LeftOver => _encoder.LeftOver;

    /// <summary>Which tokens.</summary>
    public FeatureKind Kind { get; }

    /// <summary>Width of a token.</summary>
    public int Width => _encoder.Width;

    /// <summary>Whether a picture has one vector a token, and not one in all.</summary>
    public bool HasTokens => Kind is FeatureKind.Patches or FeatureKind.All;

    /// <summary>A bare backbone with the preprocessing that its folder states, or that its family was published with.</summary>
    /// <param name="name">A checkpoint folder, or the name of one in the box.</param>
    /// <param name="kind">Which tokens.</param>
    /// <exception cref="HkaFerException">There is none, or something of it is missing or does not fit.</exception>
    public static FeatureExtractor OfBackbone(string name, FeatureKind kind = FeatureKind.Class)
    {
        string folder = Backbones.Resolve(name);
        ImageEncoder encoder = ImageEncoder.LoadFolder(folder);
        encoder.PackFrozenLayers();
        return new FeatureExtractor(encoder, CheckpointPreprocessing.For(folder, encoder), kind);
    }

    /// <summary>Features of pictures that <see cref="Preprocessing"/> has turned into numbers.</summary>
    /// <param name="pixels">At least <c>count * 3 * size * size</c> values.</param>
    /// <param name="count">Pictures.</param>
    /// <returns>One array a picture: <c>[width]</c>, or <c>[tokens, width]</c> row by row.</returns>
    public IReadOnlyList<float[]> Extract(ReadOnlySpan<float> pixels, int count)
    {
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        int size = Preprocessing.Size;
        Tensor tokens = _encoder.Encode(Tensor.From(pixels[..(count * 3 * size * size)], [count, 3, size, size]), Kind == FeatureKind.Class);
        int from = Kind is FeatureKind.Patches or FeatureKind.Mean ? _encoder.PatchesFrom : 0, to = Kind == FeatureKind.Class ? 1 : tokens.Shape[1];
        float[] values = tokens.Slice(1, from, to - from).Contiguous().ToFloats();
        IEnumerable<float[]> pictures = values.Chunk((to - from) * Width);
        return [.. Kind == FeatureKind.Mean ? pictures.Select(Mean) : pictures];
    }

    private float[] Mean(float[] patches)
    {
        var mean = new float[Width];
        for (int i = 0; i < Width; i++)
        {
            double sum = 0;
            for (int at = i; at < patches.Length; at += Width)
            {
                sum += patches[at];
            }

            mean[i] = (float)(sum * Width / patches.Length);
        }

        return mean;
    }
}
