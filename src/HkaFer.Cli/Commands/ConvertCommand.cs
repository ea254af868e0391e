using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using HkaFer.Adapters;
using HkaFer.Tensors;
using HkaFer.Training;

namespace HkaFer.Cli.Commands;

/// <summary>A model in another form.</summary>
internal sealed class ConvertCommand : CliCommand
{
    private const string Peft = "peft", Merged = "merged", Checkpoint = "checkpoint", Onnx = "onnx";

    private readonly Argument<string> _in, _out;
    private readonly Option<string?> _format, _dtype, _backbone, _names, _prompts;

    public ConvertCommand()
        : base("convert", "Writes a model in another form, and checks on generated faces that it still says the same.")
    {
        Stops = true;
        Remarks = "peft: adapter and head in the two files of the PEFT library. merged: the adapter becomes part of the weights, an image "
            + "classifier as the hub lays it out; an adapter whose router depends on the picture cannot be merged. Of a vision-language model "
            + "all stages become part of the checkpoint, and predict asks it what it was trained on. checkpoint: a backbone in another element type. onnx: for other runtimes, the adapter merged where it can be and as nodes of the graph where its router "
            + "depends on the picture; weights beyond 2 GiB stand in OUT.data beside it. It is not run here, which would take such a runtime, so max_difference is null. max_difference is that of a logit, or of an entry of a bare backbone's tokens.";
        _in = Take<string>("IN", "a run, an adapter, a checkpoint folder, the name of a backbone in the box, or an id in the hub's cache");
        _out = Take<string>("OUT", "the folder to write, which must not exist or be empty; the file, for onnx");
        _format = OneOf("--format", "FORMAT", "if not given, peft for a run or adapter, checkpoint for a backbone, onnx for an OUT that ends in .onnx", Peft, Merged, Checkpoint, Onnx);
        _dtype = OneOf("--dtype", "DTYPE", "element type of merged or checkpoint; if not given float32, of a vision-language model bfloat16 as published", [.. DTypeNames.All.Keys]);
        _backbone = With<string?>("--backbone", "DIR", "the backbone (a folder, or an id in the hub's cache), where it is not where the adapter says");
        _names = OneOf("--names", "GENERATION", "module names of peft: those of version 4 of the transformers library, or of 5; 4 if not given", "4", "5");
        _prompts = With<string?>("--prompts", "PROMPTS", "texts of the classes for an adapter of the PEFT library on CLIP, as predict takes them");
        Examples.Add(("hkafer convert runs/lora merged --format merged", "a classifier that needs neither adapter nor HkaFer"));
        Examples.Add(("hkafer convert runs/heka-1 my-adapter", "the run's model alone, to keep or to give away"));
        Examples.Add(("hkafer convert runs/heka-1 faces.onnx", "backbone, head and adapter for ONNX Runtime and the like"));
        Examples.Add(("hkafer convert runs/cer qwen2-vl-faces --format merged", "a Qwen2-VL that has learnt expressions, as one checkpoint"));
        Examples.Add(("hkafer convert checkpoints/dinov2-large half --dtype bfloat16 --json", "half the size, and what it costs"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        string from = args.GetRequiredValue(_in), to = args.GetRequiredValue(_out);
        bool model = ExpressionModel.IsModel(from) || AnsweringModel.IsModel(from);
        string format = args.GetValue(_format) ?? Guess(to, ExpressionModel.IsModel(from));
        string? dtype = args.GetValue(_dtype), backbone = args.GetValue(_backbone), prompts = args.GetValue(_prompts);
        Check(format, from, model, dtype, backbone);
        if (format != Peft && args.GetValue(_names) is not null)
        {
            throw new UsageException($"{_names.Name} belongs to --format {Peft}");
        }

        if (prompts is not null && (format is Merged or Checkpoint || !ExpressionModel.TakesTexts(from, backbone)))
        {
            throw new UsageException($"{_prompts.Name} belongs to an adapter of the PEFT library on CLIP, for --format {Peft} or {Onnx}; other models have classes of their own");
        }

        TextSettings? text = prompts is null ? null : new TextSettings { Prompts = prompts };
        DType type = DTypeNames.All[dtype ?? (AnsweringArgument.Is(from) ? "bfloat16" : "float32")];
        ConversionResult result = format switch
        {
            Peft => ModelConverter.ToAdapter(from, to, backbone, args.GetValue(_names) == "5" ? PeftNames.Version5 : PeftNames.Version4, text, cancel),
            Merged => ModelConverter.ToMerged(from, to, backbone, type, cancel),
            Onnx => ModelConverter.ToOnnx(from, to, backbone, text, cancel),
            _ => ModelConverter.ToCheckpoint(from, to, type, cancel),
        };
        output.LeftOut(result.LeftOver);
        if (!output.Document(() => new JsonObject
        {
            ["written"] = result.Written,
            ["format"] = format,
            ["max_difference"] = result.MaxDifference is { } difference ? Json.Number(difference) : null,
            ["unused_tensors"] = Json.Strings(result.LeftOver),
        }))
        {
            output.Facts(
                ("written", result.Written), ("format", format), ("max difference", result.MaxDifference?.ToString("G3", CultureInfo.InvariantCulture) ?? "not measured"));
        }

        return ExitCode.Done;
    }

    /// <summary>A folder's name may hold a dot; one that looks like the ending of a file more likely asks for a form that there is not.</summary>
    private static string Guess(string to, bool model)
    {
        string ending = Path.GetExtension(to);
        if (ending.Equals(".onnx", StringComparison.OrdinalIgnoreCase))
        {
            return Onnx;
        }

        bool isFile = ending.Length is > 2 and <= 12 && ending.AsSpan(1).IndexOfAnyExceptInRange('a', 'z') < 0 && !Directory.Exists(to);
        return !isFile ? model ? Peft : Checkpoint : throw new UsageException(
            $"'{to}' ends in {ending}, of which there is no form; known are {Peft}, {Merged} and {Checkpoint}, which are folders, and {Onnx}, a file that ends in .onnx; "
            + $"for a folder of this name give --format");
    }

    private void Check(string format, string from, bool model, string? dtype, string? backbone)
    {
        // One in the box is both: a backbone, and with its head a model.
        if (format == Checkpoint && ExpressionModel.IsModel(from) && !Backbones.BuiltIn.Contains(from))
        {
            throw new HkaFerException($"convert: '{from}' is a run or an adapter; --format checkpoint takes a backbone; use --format peft or merged");
        }

        if (format != Checkpoint && !model)
        {
            throw new HkaFerException(
                $"convert: '{from}' is no run (run.json) and no adapter (adapter_config.json), which --format {format} takes; "
                + "for a backbone use --format checkpoint");
        }

        if ((format is Peft or Onnx) && dtype is not null)
        {
            throw new UsageException($"{_dtype.Name} belongs to --format merged or checkpoint");
        }

        if (format == Checkpoint && backbone is not null)
        {
            throw new UsageException($"{_backbone.Name} belongs to --format peft, merged or onnx");
        }
    }
}
