using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>The features that a model's head reads of the pictures of a split, or of a part of it: what t-SNE arranges (figure 3 of the paper).</summary>
public sealed class SplitFeatures
{
    private SplitFeatures(int count, int width, IReadOnlyList<string> classes)
    {
        (Width, Classes) = (width, classes);
        Rows = new float[checked(count * width)];
        (Indices, Labels, Predicted) = (new int[count], new int[count], new int[count]);
    }

    /// <summary>Width of a row.</summary>
    public int Width { get; }

    /// <summary>The class token after the last norm, <c>[pictures, width]</c>.</summary>
    public float[] Rows { get; }

    /// <summary>Which pictures of the split they are of, in ascending order.</summary>
    public int[] Indices { get; }

    /// <summary>True classes, as numbers of <see cref="Classes"/>.</summary>
    public int[] Labels { get; }

    /// <summary>The classes that the model names.</summary>
    public int[] Predicted { get; }

    /// <summary>The model's classes.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Pictures.</summary>
    public int Count => Labels.Length;

    /// <summary>Computes them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">The split; its classes are matched with the model's by name.</param>
    /// <param name="limit">Pictures at most: that many drawn at random where there are more.</param>
    /// <param name="seed">Of the draw.</param>
    /// <param name="batchSize">Pictures at a time.</param>
    /// <param name="progress">Told the number of pictures done, on the calling thread.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <exception cref="HkaFerException">A class of the data is not among the model's, or a picture cannot be read.</exception>
    public static SplitFeatures Of(
        ExpressionModel model, ImageDataset data, int limit = int.MaxValue, ulong seed = 1, int batchSize = 32, IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        int[] labels = [.. data.Classes.Select(name => Evaluator.LabelOf(model.Labels, data, name))], order = [.. Enumerable.Range(0, data.Count)];
        if (limit < order.Length)
        {
            new Rng(seed).Shuffle<int>(order);
            order = order[..limit];
            Array.Sort(order);
        }

        var features = new SplitFeatures(order.Length, model.Classifier.Backbone.Width, model.Labels);
        int done = 0;
        foreach (Batch batch in new BatchLoader(data, batchSize, model.Preprocessing, cacheBytes: 0).Batches(order, 0, cancel: cancel))
        {
            features.Add(model.Classifier, batch, done, labels);
            done += batch.Count;
            progress?.Report(done);
        }

        return features;
    }

    private void Add(ImageClassifier classifier, Batch batch, int at, int[] labels)
    {
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        Tensor tokens = classifier.Backbone.Encode(batch.ToTensor(), classifier.ReadsClassTokenAlone);
        tokens.Select(1, 0).Contiguous().ToFloats().CopyTo(Rows, at * Width);
        float[] logits = classifier.Classify(tokens).ToFloats();
        for (int i = 0; i < batch.Count; i++)
        {
            Indices[at + i] = batch.Indices[i];
            Labels[at + i] = labels[batch.Labels[i]];
            Predicted[at + i] = Greatest.Of<float>(logits.AsSpan(i * Classes.Count, Classes.Count));
        }
    }
}
