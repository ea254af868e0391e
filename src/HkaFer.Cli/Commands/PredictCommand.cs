using System.CommandLine;
using HkaFer.Data;
using HkaFer.Training;

namespace HkaFer.Cli.Commands;

/// <summary>The expressions on pictures.</summary>
internal sealed class PredictCommand : CliCommand
{
    private readonly Argument<string[]> _inputs;
    private readonly Option<string?> _format, _backbone, _prompts, _decode;
    private readonly Option<int?> _batch;

    public PredictCommand()
        : base("predict", "Names the expression on each picture of a face.")
    {
        Stops = true;
        Remarks = "The first argument is a model if it is one (a folder with run.json or adapter_config.json, supervised in the box, an adapter's id in the hub's cache, or the checkpoint of a CLIP or Qwen-VL), else a picture. Results "
            + "keep the order of the inputs; one that cannot be read has its error in its place, the others are still done, "
            + "and the exit code is 1.";
        _inputs = Take<string[]>("RUN-OR-ADAPTER|CHECKPOINT|INPUT",
            "a model, then files, folders (with all below them) and patterns such as '*.jpg'", ArgumentArity.OneOrMore);
        _format = OneOf("--format", "FORMAT", "how results are written", "table", "json", "csv");
        _backbone = With<string?>("--backbone", "DIR", "the backbone (a folder, or an id in the hub's cache), where it is not where the adapter says");
        _prompts = With<string?>("--prompts", "PROMPTS",
            "for a CLIP checkpoint, or an adapter of the PEFT library on one, the texts of the classes: cues (if not given) or names, of the seven basic expressions; or a YAML file, whose classes they are. "
            + "For a Qwen-VL checkpoint what it is asked: minimal (if not given), detailed, or a YAML file");
        _decode = OneOf("--decode", "HOW", "how a vision-language model answers: it writes a text that is parsed, or every class is scored by likelihood; generate if not given", "generate", "score");
        _batch = Count("--batch", "N", "pictures computed at a time; 16 if not given", 1, 4096);
        Examples.Add(("hkafer predict runs/quickstart-1/heka face.jpg", "one picture"));
        Examples.Add(("hkafer predict my-adapter photos 'new/**/*.png' --format csv > expressions.csv",
            "a folder and a pattern, with all probabilities"));
        Examples.Add(("hkafer predict runs/cer-demo-1 photos --decode score", "a vision-language model, with probabilities"));
        Examples.Add(("hkafer predict checkpoints/clip-vit-base-patch32 photos --prompts names", "zero-shot: no training at all"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        string format = Format(args, output);
        string[] inputs = args.GetRequiredValue(_inputs);
        bool named = ModelArgument.Is(inputs[0]);
        if (named && inputs.Length == 1)
        {
            throw new UsageException($"'{inputs[0]}' is the model; name pictures after it");
        }

        var leftOut = new LeftOutFiles();
        IEnumerable<(string Path, string? Problem)> pictures = Inputs.Expand(inputs.Skip(named ? 1 : 0), leftOut);
        if (named && AnsweringArgument.Is(inputs[0]))
        {
            AnsweringArgument.RefuseBatch(args.GetValue(_batch));
            AnsweringModel asked = AnsweringArgument.Load(inputs[0], args.GetValue(_backbone), args.GetValue(_prompts), ClassPrompts.Classes(ClassPrompts.Names));
            AnsweringArgument.Tell(asked, output);
            using PredictionWriter answers = PredictionWriter.Of(format, output, asked.Labels, answers: true);
            return Write(Asked(asked, AnsweringArgument.Decoding(args.GetValue(_decode)), pictures, cancel).Select(PredictionRow.Of), answers, leftOut, output);
        }

        AnsweringArgument.RefuseDecoding(args.GetValue(_decode));
        ExpressionModel model = ModelArgument.Load(
            named ? inputs[0] : null, args.GetValue(_backbone), args.GetValue(_prompts), null, inputs[0]);
        if (!named)
        {
            ModelArgument.TellInTheBox(output, $"predict RUN-OR-ADAPTER {Quoting.ShellWord(inputs[0])}");
        }

        output.LeftOut(model.LeftOver);
        var predictor = new Predictor<Prediction>(model.Preprocessing, args.GetValue(_batch) ?? 16, (pixels, count) => model.Predict(pixels, count));
        using PredictionWriter writer = PredictionWriter.Of(format, output, model.Labels);
        return Write(predictor.Run(pictures, cancel).Select(PredictionRow.Of), writer, leftOut, output);
    }

    private static int Write(IEnumerable<PredictionRow> rows, PredictionWriter writer, LeftOutFiles leftOut, Output output)
    {
        int done = 0, failed = 0;
        foreach (PredictionRow item in rows)
        {
            output.ClearLive();
            writer.Write(item);
            failed += item.Problem is null ? 0 : 1;
            done++;

            // On a terminal the results themselves show how far it is.
            if (!output.IsTerminal)
            {
                output.Live(() => $"{done:N0} done");
            }
        }

        leftOut.Tell(output);
        if (failed > 0)
        {
            output.ClearLive();
            output.Error($"error: {failed} of {done} inputs could not be read; each has its error in its place");
        }

        return failed > 0 ? ExitCode.Failed : ExitCode.Done;
    }

    private static IEnumerable<Predicted<Answer>> Asked(
        AnsweringModel model, AnswerDecoding decoding, IEnumerable<(string Path, string? Problem)> inputs, CancellationToken cancel)
    {
        foreach ((string path, string? problem) in inputs)
        {
            cancel.ThrowIfCancellationRequested();
            yield return problem is null ? Ask(path) : new Predicted<Answer>(path, null, problem);
        }

        Predicted<Answer> Ask(string path)
        {
            try
            {
                return new Predicted<Answer>(path, model.Ask(Image.Decode(path), decoding, cancel), null);
            }
            catch (HkaFerException e)
            {
                return new Predicted<Answer>(path, null, e.Message.Contains(path, StringComparison.Ordinal) ? e.Message : $"{path}: {e.Message}");
            }
        }
    }

    private string Format(ParseResult args, Output output)
    {
        string? format = args.GetValue(_format);
        return output.IsJson && format is not (null or "json")
            ? throw new UsageException($"--json and --format {format} contradict each other")
            : format ?? (output.IsJson ? "json" : "table");
    }
}
