using System.CommandLine;
using System.Text.Json.Nodes;
using HkaFer.Data;
using HkaFer.Training;

namespace HkaFer.Cli.Commands;

/// <summary>Scores a model on a data set.</summary>
internal sealed class EvalCommand : CliCommand
{
    private readonly Argument<string?> _model;
    private readonly Option<string> _data;
    private readonly Option<string?> _split, _backbone, _prompts, _decode;
    private readonly Option<int?> _batch;

    public EvalCommand()
        : base("eval", "Scores a model on a data set: accuracy, macro F1, recall of each class, confusion matrix, calibration.")
    {
        Stops = true;
        _model = Take<string?>(
            "RUN-OR-ADAPTER|CHECKPOINT", "a folder with run.json or adapter_config.json, or an adapter's id in the hub's cache; or the checkpoint of a CLIP or Qwen-VL as it is, without training; if none is named, supervised, the model in the box", ArgumentArity.ZeroOrOne);
        _data = With<string>("--data", "KIND:PATH", $"the data: ferplus:DIR, rafdb:DIR, folder:DIR (a folder per class), csv:FILE, faces: (generated); kinds are {string.Join(", ", DataSource.Kinds)}");
        _data.Required = true;
        _split = OneOf("--split", "SPLIT", "the split; if not given, test where there is one, else valid, else the whole of data without splits", [.. DataSource.SplitNames]);
        _backbone = With<string?>("--backbone", "DIR", "the backbone (a folder, or an id in the hub's cache), where it is not where the adapter says");
        _prompts = With<string?>("--prompts", "PROMPTS", "for a CLIP checkpoint, or an adapter of the PEFT library on one, the texts of the classes: cues (if not given), names, or a YAML file; for a Qwen-VL checkpoint what it is asked: minimal (if not given), detailed, or a YAML file");
        _decode = OneOf("--decode", "HOW", "how a vision-language model answers: it writes a text that is parsed, or every class is scored by likelihood; generate if not given", "generate", "score");
        _batch = Count("--batch", "N", "pictures computed at a time; 32 if not given", 1, 4096);
        Examples.Add(("hkafer eval runs/ferplus-1 --data ferplus:/data/FERPlus", "the test split"));
        Examples.Add(("hkafer eval checkpoints/clip-vit-base-patch32 --data ferplus:/data/FERPlus --prompts names", "zero-shot: no training at all"));
        Examples.Add(("hkafer eval runs/cer-qwen2vl-1 --data cexpr:/data/C-EXPR-DB", "a vision-language model on other data: an answer outside its classes counts as wrong"));
        Examples.Add(("hkafer eval my-adapter --data folder:faces --split valid --json", "all numbers, for a script"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        DataSource source = DataSource.Parse(args.GetRequiredValue(_data));
        ImageDataset data = Open(source, args.GetValue(_split), Name);
        foreach (string note in data.Notes)
        {
            output.Message(note);
        }

        var progress = new DirectProgress<int>(done => output.Live(() => $"{done:N0} of {data.Count:N0} pictures"));
        EvaluationResult result;
        AnswerEvaluation? answers = null;
        IReadOnlyList<string> leftOver = [];
        try
        {
            if (args.GetValue(_model) is { } path && AnsweringArgument.Is(path))
            {
                AnsweringArgument.RefuseBatch(args.GetValue(_batch));
                AnsweringModel asked = AnsweringArgument.Load(path, args.GetValue(_backbone), args.GetValue(_prompts), data.Classes);
                leftOver = asked.LeftOver;
                AnsweringArgument.Tell(asked, output);
                answers = AnswerEvaluator.Evaluate(asked, data, AnsweringArgument.Decoding(args.GetValue(_decode)), progress, cancel);
                result = answers.Metrics;
            }
            else
            {
                AnsweringArgument.RefuseDecoding(args.GetValue(_decode));
                ExpressionModel model = ModelArgument.Load(args.GetValue(_model), args.GetValue(_backbone), args.GetValue(_prompts), data.Classes);
                if (args.GetValue(_model) is null)
                {
                    ModelArgument.TellInTheBox(output, $"eval RUN-OR-ADAPTER --data {Quoting.ShellWord(source.ToString())}");
                }

                leftOver = model.LeftOver;
                output.LeftOut(leftOver);
                result = Evaluator.Evaluate(model, data, args.GetValue(_batch) ?? 32, progress, cancel);
            }
        }
        catch (ImageException e)
        {
            throw new HkaFerException(
                $"{e.Message}; a score is of all pictures: repair or remove those that cannot be read. hkafer data verify {source.Kind} '{source.Path}' names them all, and with --fix FILE lists them for a recipe", e);
        }

        if (!output.Document(() => new JsonObject([new("model", args.GetValue(_model) ?? Backbones.Supervised), .. Source(source, data), new("unused_tensors", Json.Strings(leftOver)),
            .. (answers?.ToJson() ?? MetricsJson.Write(result)).Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()))])))
        {
            output.Message($"{source}, split {data.Split}");
            EvaluationText.Write(result, output);
            if (answers is not null)
            {
                EvaluationText.Write(answers, output);
            }
        }

        return ExitCode.Done;
    }

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Source(DataSource source, ImageDataset data) =>
        [new("data", source.ToString()), new("split", data.Split)];

    /// <summary>A split of a source; test, valid or the whole where none is named.</summary>
    internal static ImageDataset Open(DataSource source, string? split, string command)
    {
        IReadOnlyList<string> splits = split is null ? source.Splits() : [];
        return source.Open(split ?? ((string[])["test", "valid", "all"]).FirstOrDefault(splits.Contains) ?? throw new HkaFerException(
            $"{command}: {source} has neither a test nor a valid split (there is {string.Join(", ", splits)}); "
            + $"name the one to {(command == "eval" ? "score" : command)} with --split"));
    }
}
