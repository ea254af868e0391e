using System.Globalization;
using System.Text.Json.Nodes;
using HkaFer.Training;

namespace HkaFer.Cli;

/// <summary>Writes predictions as they come, so that any number of pictures needs the memory of one.</summary>
internal abstract class PredictionWriter(TextWriter to) : IDisposable
{
    protected TextWriter To { get; } = to;

    /// <summary>The writer of a format: <c>table</c>, <c>json</c>, <c>csv</c>.</summary>
    public static PredictionWriter Of(string format, Output output, IReadOnlyList<string> labels) => format switch
    {
        "json" => new JsonLines(output.Result),
        "csv" => new Csv(output.Result, labels),
        _ => new Lines(output.Result, output.IsTerminal ? labels.Max(l => l.Length) : null),
    };

    /// <summary>Writes one.</summary>
    public abstract void Write(Predicted<Prediction> item);

    /// <summary>Completes the document, also when the work was cut short.</summary>
    public virtual void Dispose()
    {
    }

    /// <summary>One array, an element a line.</summary>
    private sealed class JsonLines(TextWriter to) : PredictionWriter(to)
    {
        private bool _any;

        public override void Write(Predicted<Prediction> item)
        {
            var json = new JsonObject { ["path"] = item.Path };
            if (item.Answer is { } p)
            {
                json["label"] = p.Label;
                json["probabilities"] = new JsonObject(
                    p.Labels.Select((label, i) => KeyValuePair.Create(label, Json.Number(p.Probabilities[i]))));
            }
            else
            {
                json["error"] = item.Problem;
            }

            To.Write(_any ? ",\n  " : "[\n  ");
            To.Write(Json.Line(json));
            _any = true;
        }

        public override void Dispose() => To.WriteLine(_any ? "\n]" : "[]");
    }

    private sealed class Csv : PredictionWriter
    {
        private readonly int _labels;

        public Csv(TextWriter to, IReadOnlyList<string> labels)
            : base(to)
        {
            _labels = labels.Count;
            Row(["path", "label", .. labels, "error"]);
        }

        public override void Write(Predicted<Prediction> item) => Row(item.Answer is { } p
            ? [item.Path, p.Label, .. p.Probabilities.Select(x => x.ToString(CultureInfo.InvariantCulture)), ""]
            : [item.Path, "", .. Enumerable.Repeat("", _labels), item.Problem!]);

        private void Row(IEnumerable<string> cells) => To.WriteLine(string.Join(',', cells.Select(Quoting.CsvCell)));
    }

    /// <summary>For people: the path comes last, where its length does no harm. Elsewhere tabs under a line of names.</summary>
    private sealed class Lines : PredictionWriter
    {
        private readonly int? _width;

        public Lines(TextWriter to, int? width)
            : base(to)
        {
            _width = width;
            if (width is null)
            {
                To.WriteLine("path\tlabel\tconfidence");
            }
        }

        public override void Write(Predicted<Prediction> item)
        {
            Prediction? p = item.Answer;
            string path = OneLine(item.Path), problem = OneLine(item.Problem ?? "");
            To.WriteLine((_width, p) switch
            {
                (null, null) => $"{path}\terror: {problem}\t",
                (null, _) => FormattableString.Invariant($"{path}\t{p.Label}\t{p.Confidence}"),
                ({ } width, null) => $"{"error".PadRight(width)}           {path}: {problem}",
                ({ } width, _) => FormattableString.Invariant($"{p.Label.PadRight(width)} {100 * p.Confidence,6:F1} %  {path}"),
            });
        }

        // A name may hold what would end the column or the line; --json gives it as it is.
        private static string OneLine(string text) => text
            .Replace("\t", "\\t", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal);
    }
}
