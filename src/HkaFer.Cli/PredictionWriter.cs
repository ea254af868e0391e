using System.Globalization;
using System.Text.Json.Nodes;

namespace HkaFer.Cli;

/// <summary>Writes predictions as they come, so that any number of pictures needs the memory of one.</summary>
internal abstract class PredictionWriter(TextWriter to) : IDisposable
{
    protected TextWriter To { get; } = to;

    /// <summary>What stands in the place of a class that no answer named.</summary>
    private const string Unparsed = "(unparsed)";

    /// <summary>The writer of a format: <c>table</c>, <c>json</c>, <c>csv</c>.</summary>
    /// <param name="format">The format.</param>
    /// <param name="output">Where to.</param>
    /// <param name="labels">The model's classes.</param>
    /// <param name="answers">Whether the model writes answers, which are then shown.</param>
    public static PredictionWriter Of(string format, Output output, IReadOnlyList<string> labels, bool answers = false) => format switch
    {
        "json" => new JsonLines(output.Result, labels, answers),
        "csv" => new Csv(output.Result, labels, answers),
        _ => new Lines(output.Result, output.IsTerminal ? Math.Max(answers ? Unparsed.Length : 0, labels.Max(l => l.Length)) : null, answers),
    };

    /// <summary>Writes one.</summary>
    public abstract void Write(PredictionRow item);

    /// <summary>Completes the document, also when the work was cut short.</summary>
    public virtual void Dispose()
    {
    }

    /// <summary>One array, an element a line.</summary>
    private sealed class JsonLines(TextWriter to, IReadOnlyList<string> labels, bool answers) : PredictionWriter(to)
    {
        private bool _any;

        public override void Write(PredictionRow item)
        {
            var json = new JsonObject { ["path"] = item.Path };
            if (item.Problem is { } problem)
            {
                json["error"] = problem;
            }
            else
            {
                json["label"] = item.Label;
                if (answers)
                {
                    json["answer"] = item.Answer;
                }

                json["probabilities"] = item.Probabilities is { } p
                    ? new JsonObject(labels.Select((label, i) => KeyValuePair.Create(label, Json.Number(p[i])))) : null;
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
        private readonly bool _answers;

        public Csv(TextWriter to, IReadOnlyList<string> labels, bool answers)
            : base(to)
        {
            (_labels, _answers) = (labels.Count, answers);
            Row(["path", "label", .. answers ? ["answer"] : Array.Empty<string>(), .. labels, "error"]);
        }

        public override void Write(PredictionRow item) => Row(
        [
            item.Path,
            item.Label ?? "",
            .. _answers ? [item.Answer ?? ""] : Array.Empty<string>(),
            .. item.Probabilities?.Select(x => x.ToString(CultureInfo.InvariantCulture)) ?? Enumerable.Repeat("", _labels),
            item.Problem ?? "",
        ]);

        private void Row(IEnumerable<string> cells) => To.WriteLine(string.Join(',', cells.Select(Quoting.CsvCell)));
    }

    /// <summary>For people: the path comes last, where its length does no harm. Elsewhere tabs under a line of names.</summary>
    private sealed class Lines : PredictionWriter
    {
        private readonly int? _width;
        private readonly bool _answers;

        public Lines(TextWriter to, int? width, bool answers)
            : base(to)
        {
            (_width, _answers) = (width, answers);
            if (width is null)
            {
                To.WriteLine($"path\tlabel\tconfidence{(answers ? "\tanswer" : "")}");
            }
        }

        public override void Write(PredictionRow item)
        {
            string path = OneLine(item.Path), label = item.Label ?? Unparsed, answer = _answers ? OneLine(item.Answer ?? "") : "";
            string sure = item.Confidence is { } p ? FormattableString.Invariant($"{100 * p,6:F1} %") : new string(' ', 8);
            To.WriteLine((_width, item.Problem) switch
            {
                (null, { } problem) => $"{path}\terror: {OneLine(problem)}\t{(_answers ? "\t" : "")}",
                (null, null) => FormattableString.Invariant($"{path}\t{label}\t{item.Confidence}{(_answers ? $"\t{answer}" : "")}"),
                ({ } width, { } problem) => $"{"error".PadRight(width)}           {path}: {OneLine(problem)}",
                ({ } width, null) => $"{label.PadRight(width)} {sure}  {path}{(item.Label is null ? $": {answer}" : "")}",
            });
        }

        // A name may hold what would end the column or the line; --json gives it as it is.
        private static string OneLine(string text) => text
            .Replace("\t", "\\t", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal);
    }
}
