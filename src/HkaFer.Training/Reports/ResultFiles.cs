using System.Text.Encodings.Web;
using System.Text.Json;
using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>
/// What a run keeps of the last epoch that was scored: <c>predictions.jsonl</c> (every picture), <c>mistakes.json</c> (the most confident wrong ones with
/// their pictures) and <c>routers.json</c>. They hold no clock readings: equal runs give equal files.
/// </summary>
internal static class ResultFiles
{
    /// <summary>Mistakes that are kept.</summary>
    internal const int Mistakes = 24;

    /// <summary>Longest edge of their pictures.</summary>
    private const int Edge = 112;

    // Names and paths stay readable in any script; what is written into HTML is escaped there.
    private static readonly JsonWriterOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonWriterOptions s_indented = s_plain with { Indented = true, NewLine = "\n" };

    /// <summary>Writes the files of an epoch over those of the one before.</summary>
    /// <param name="folder">The run's.</param>
    /// <param name="epoch">From 1.</param>
    /// <param name="labels">The model's classes.</param>
    /// <param name="data">The split that was scored.</param>
    /// <param name="scored">What was found.</param>
    internal static void Write(RunFolder folder, int epoch, IReadOnlyList<string> labels, ImageDataset data, ScoredSplit scored)
    {
        int[] predicted = [.. Enumerable.Range(0, scored.Truth.Length).Select(i => Greatest.Of(Row(scored, labels.Count, i)))];
        AtomicFile.Write(folder.Predictions, stream => WritePredictions(stream, labels, data, scored, predicted));
        AtomicFile.Write(folder.Mistakes, stream => WriteMistakes(stream, epoch, labels, data, scored, predicted));
        if (scored.Routers.Count > 0)
        {
            AtomicFile.Write(folder.Routers, stream => WriteRouters(stream, epoch, labels, data, scored));
        }
    }

    private static void WritePredictions(Stream stream, IReadOnlyList<string> labels, ImageDataset data, ScoredSplit scored, int[] predicted)
    {
        using var json = new Utf8JsonWriter(stream, s_plain);
        for (int i = 0; i < predicted.Length; i++)
        {
            json.WriteStartObject();
            json.WriteString("path", data[i].Path);
            json.WriteString("truth", labels[scored.Truth[i]]);
            json.WriteString("label", labels[predicted[i]]);
            if (scored.Answers is { } answers)
            {
                json.WriteString("answer", answers[i]);
                json.WriteNull("probabilities");
            }
            else
            {
                json.WriteStartArray("probabilities");
                foreach (float p in Row(scored, labels.Count, i))
                {
                    json.WriteNumberValue(p);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
            json.Flush();
            json.Reset();
            stream.WriteByte((byte)'\n');
        }
    }

    private static void WriteMistakes(
        Stream stream, int epoch, IReadOnlyList<string> labels, ImageDataset data, ScoredSplit scored, int[] predicted)
    {
        using var json = new Utf8JsonWriter(stream, s_indented);
        Begin(json, epoch, data);
        json.WriteNumber("wrong", Enumerable.Range(0, predicted.Length).Count(i => predicted[i] != scored.Truth[i]));
        json.WriteStartArray("mistakes");
        foreach (int i in Enumerable.Range(0, predicted.Length).Where(i => predicted[i] != scored.Truth[i])
            .OrderByDescending(i => Row(scored, labels.Count, i)[predicted[i]]).Take(Mistakes))
        {
            json.WriteStartObject();
            json.WriteString("path", data[i].Path);
            json.WriteString("truth", labels[scored.Truth[i]]);
            json.WriteString("label", labels[predicted[i]]);
            if (scored.Answers is { } answers)
            {
                json.WriteString("answer", answers[i]);
            }
            else
            {
                json.WriteNumber("confidence", Row(scored, labels.Count, i)[predicted[i]]);
                json.WriteNumber("truth_probability", Row(scored, labels.Count, i)[scored.Truth[i]]);
            }

            if (Picture(data, i) is { } png)
            {
                json.WriteBase64String("png", png);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteRouters(Stream stream, int epoch, IReadOnlyList<string> labels, ImageDataset data, ScoredSplit scored)
    {
        using var json = new Utf8JsonWriter(stream, s_indented);
        Begin(json, epoch, data);
        json.WriteNumber("pictures", scored.Truth.Length);
        json.WriteStartArray("layers");
        foreach (RouterWeights layer in scored.Routers)
        {
            json.WriteStartObject();
            json.WriteString("layer", layer.Layer);
            json.WriteString("router", layer.Router);
            if (layer.Lambda is { } lambda)
            {
                json.WriteNumber("lambda", lambda);
            }

            Numbers(json, "weights", layer.Mean);
            json.WriteStartObject("classes");
            foreach ((int label, IReadOnlyList<double>? weights) in layer.PerClass.Index())
            {
                if (weights is not null)
                {
                    Numbers(json, labels[label], weights);
                }
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Begin(Utf8JsonWriter json, int epoch, ImageDataset data)
    {
        json.WriteStartObject();
        json.WriteNumber("epoch", epoch);
        json.WriteString("split", data.Split);
    }

    private static void Numbers(Utf8JsonWriter json, string name, IReadOnlyList<double> values)
    {
        json.WriteStartArray(name);
        foreach (double value in values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }

    private static byte[]? Picture(ImageDataset data, int index)
    {
        try
        {
            Image image = data.Load(index);
            int longest = Math.Max(image.Width, image.Height);
            return longest <= Edge
                ? image.EncodePng()
                : image.Resize(Math.Max(1, image.Width * Edge / longest), Math.Max(1, image.Height * Edge / longest)).EncodePng();
        }
        catch (HkaFerException)
        {
            // It was read a moment ago and is gone now: a report without one picture is better than a run without an end.
            return null;
        }
    }

    private static ReadOnlySpan<float> Row(ScoredSplit scored, int classes, int i) => scored.Probabilities.AsSpan(i * classes, classes);
}
