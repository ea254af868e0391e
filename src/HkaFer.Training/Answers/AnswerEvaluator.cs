using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>Asks a vision-language model about every picture of a split.</summary>
public static class AnswerEvaluator
{
    /// <summary>Examples that are kept of answers which count for no class.</summary>
    private const int Examples = 20;

    /// <summary>The answers of all pictures, in their order, and the metrics they give.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">The split; its classes are matched with the model's by name.</param>
    /// <param name="decoding">Whether answers are written and parsed, or every class is scored.</param>
    /// <param name="progress">Told the number of pictures done, on the calling thread.</param>
    /// <param name="cancel">Stops between pictures.</param>
    /// <exception cref="HkaFerException">A class of the data is not among the model's, or a picture cannot be read or asked about; the message names it.</exception>
    public static AnswerEvaluation Evaluate(
        AnsweringModel model, ImageDataset data, AnswerDecoding decoding = AnswerDecoding.Generate, IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        return Score(model, data, decoding, progress, cancel).Evaluation;
    }

    internal static (AnswerEvaluation Evaluation, ScoredSplit Split) Score(
        AnsweringModel model, ImageDataset data, AnswerDecoding decoding, IProgress<int>? progress, CancellationToken cancel)
    {
        string[] names = [.. model.Labels, .. decoding == AnswerDecoding.Generate ? [AnswerEvaluation.Unparsed] : Array.Empty<string>()];
        int[] labels = [.. data.Classes.Select(name => Evaluator.LabelOf(model.Labels, data, name))], truth = new int[data.Count], predicted = new int[data.Count];
        var probabilities = new float[checked(data.Count * names.Length)];
        var forms = new Dictionary<AnswerForm, int>();
        var examples = new List<AnswerExample>();
        var texts = new string[data.Count];
        int outside = 0;
        for (int i = 0; i < data.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            Answer answer = Ask(model, data, i, decoding, cancel);
            texts[i] = answer.Text;
            truth[i] = labels[data[i].Label];
            predicted[i] = answer.Label is { } label ? IndexOf(model.Labels, label) : names.Length - 1;
            forms[answer.Form] = forms.GetValueOrDefault(answer.Form) + 1;

            // The model may know classes that the data has not, as one of RAF-DB asked about C-EXPR-DB.
            bool isOutside = answer.Label is { } named && !data.Classes.Contains(named, StringComparer.Ordinal);
            outside += isOutside ? 1 : 0;
            if ((isOutside || answer.Label is null) && examples.Count < Examples)
            {
                examples.Add(new AnswerExample(data[i].Path, answer.Text, answer.Problem ?? $"'{answer.Label}' is no class of {data.Kind}"));
            }

            // Certain where an answer was written: it comes without probabilities.
            Span<float> row = probabilities.AsSpan(i * names.Length, names.Length);
            if (answer.Probabilities is { } p)
            {
                p.ToArray().CopyTo(row);
            }
            else
            {
                row[predicted[i]] = 1;
            }

            progress?.Report(i + 1);
        }

        EvaluationResult metrics = decoding == AnswerDecoding.Score ? Metrics.Compute(names, truth, probabilities) : Metrics.Compute(names, truth, predicted);
        return (new AnswerEvaluation(metrics, forms, outside, examples), new ScoredSplit(truth, probabilities, metrics, []) { Answers = decoding == AnswerDecoding.Generate ? texts : null });
    }

    private static Answer Ask(AnsweringModel model, ImageDataset data, int index, AnswerDecoding decoding, CancellationToken cancel)
    {
        Image image = data.Load(index);
        try
        {
            return model.Ask(image, decoding, cancel);
        }
        catch (HkaFerException e)
        {
            throw new HkaFerException($"{data[index].Path}: {e.Message}", e);
        }
    }

    private static int IndexOf(IReadOnlyList<string> labels, string label)
    {
        int at = 0;
        while (labels[at] != label) { at++; }
        return at;
    }
}
