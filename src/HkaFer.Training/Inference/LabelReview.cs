using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>
/// Labels that a model contradicts: the first step of confident learning (Northcutt, Jiang and Chuang 2021, section 3.1), which asks for more
/// confidence in a class that the model is confident about anyway.
/// </summary>
public static class LabelReview
{
    /// <summary>The pictures of a split whose label a model would not give, the clearest first.</summary>
    /// <param name="model">A model; best one that was not trained on these pictures, since it has learned wrong labels too.</param>
    /// <param name="data">The split.</param>
    /// <param name="skip">Paths that cannot be read.</param>
    /// <param name="batchSize">Pictures at a time.</param>
    /// <param name="progress">Told the number of pictures done.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <exception cref="HkaFerException">A class of the data is not among the model's, or another picture cannot be read.</exception>
    public static IReadOnlyList<LabelDoubt> Of(
        ExpressionModel model, ImageDataset data, IReadOnlySet<string> skip, int batchSize = 32, IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(skip);
        int[] labels = [.. data.Classes.Select(name => Evaluator.LabelOf(model.Labels, data, name))];
        int[] order = [.. Enumerable.Range(0, data.Count).Where(i => !skip.Contains(data[i].Path))];
        int classes = model.Labels.Count, done = 0;
        var probabilities = new float[checked(order.Length * classes)];
        var loader = new BatchLoader(data, batchSize, model.Preprocessing, cacheBytes: 0);
        foreach (Batch batch in loader.Batches(order, 0, cancel: cancel))
        {
            model.Probabilities(batch.Pixels, batch.Count).CopyTo(probabilities.AsSpan(done * classes));
            done += batch.Count;
            progress?.Report(done);
        }

        int[] given = [.. order.Select(i => labels[data[i].Label])];
        var doubts = new List<LabelDoubt>();
        foreach ((int row, int top) in Contradicted(probabilities, given, classes))
        {
            float chosen = probabilities[(row * classes) + top], own = probabilities[(row * classes) + given[row]];
            doubts.Add(new LabelDoubt(
                new LabelledPicture(data[order[row]].Path, data.Split, model.Labels[given[row]]), model.Labels[top], "model", chosen - own,
                FormattableString.Invariant($"the model says {model.Labels[top]} {100 * chosen:F1} %, {model.Labels[given[row]]} {100 * own:F1} %")));
        }

        return [.. doubts.OrderByDescending(d => d.Score)];
    }

    /// <summary>Rows whose most probable class, of those that are as probable as is usual for that class, is not the one that is given.</summary>
    internal static IEnumerable<(int Row, int Class)> Contradicted(IReadOnlyList<float> probabilities, IReadOnlyList<int> given, int classes)
    {
        double[] usual = new double[classes];
        int[] counts = new int[classes];
        for (int row = 0; row < given.Count; row++)
        {
            usual[given[row]] += probabilities[(row * classes) + given[row]];
            counts[given[row]]++;
        }

        for (int row = 0; row < given.Count; row++)
        {
            int top = -1;
            for (int c = 0; c < classes; c++)
            {
                // What no picture has for a label has no usual confidence.
                float p = probabilities[(row * classes) + c];
                if (counts[c] > 0 && p * (double)counts[c] >= usual[c] && (top < 0 || p > probabilities[(row * classes) + top]))
                {
                    top = c;
                }
            }

            if (top >= 0 && top != given[row])
            {
                yield return (row, top);
            }
        }
    }
}
