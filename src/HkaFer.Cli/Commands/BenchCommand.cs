using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using HkaFer.Bench;
using HkaFer.Data;
using HkaFer.Tensors;

namespace HkaFer.Cli.Commands;

/// <summary>Speed, with correctness asserted first.</summary>
internal sealed class BenchCommand : CliCommand
{
    private static readonly string[] s_kinds = ["kernels", "step", "infer", "memory", "compare", "scale", "qwen"];
    private readonly Argument<string?> _what;
    private readonly Option<string?> _arch, _method, _dtype, _plot;
    private readonly Option<int?> _batch, _size, _steps;
    private readonly Option<double?> _seconds, _peer;
    private readonly Option<bool> _strict, _checkpointing, _alone;

    public BenchCommand()
        : base("bench", "Measures speed on this machine; every result is first checked against the reference.")
    {
        Stops = true;
        Remarks = "kernels: matrix products of vision transformers, beside OpenBLAS where the system has it, and Kronecker adapters. "
            + "step: the frozen forward and a whole training step with random weights. Without a word: both. "
            + "infer: one picture alone and a batch, as predict computes them. memory: what the process holds at most while it predicts and trains, with activation checkpointing and without. "
            + "compare: ViT-S/14 and ViT-L/14 (or --arch), frozen, LoRA and HeKA, in float32 and bfloat16, beside PyTorch (python3-torch) and ONNX Runtime (npm) where they are; "
            + "half an hour and more. scale: the step's time against its counted operations over batch, tokens, width, adapters and threads. "
            + "qwen: a Qwen-VL checkpoint (--arch FOLDER) that reads a face, answers, and is trained with LoRA. "
            + "Some rows have a bar, agreed for ViT-S/14 and ViT-L/14 at 224 pixels and batch 4: what they are to reach on a quiet machine with two cores. "
            + "Exit code 1 where a result is wrong, and with --strict where a bar is missed.";
        _what = Take<string?>("WHAT", string.Join(", ", s_kinds), ArgumentArity.ZeroOrOne);
        _what.CompletionSources.Add(s_kinds);
        _what.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !s_kinds.Contains(token.Value, StringComparer.Ordinal))
            {
                result.AddError($"bench does not know '{token.Value}'; {Nearest.Hint(token.Value, s_kinds)}");
            }
        });
        _seconds = With<double?>("--seconds", "S", "kernels: time for each product; 0.5 if not given");
        _arch = With<string?>("--arch", "ARCH", "step, infer, memory: the architecture; dinov2-small if not given; qwen: a checkpoint's folder");
        _method = OneOf("--method", "METHOD", "step, infer, memory: what is trained; heka if not given", "heka", "lora", "linear", "none");
        _dtype = OneOf("--dtype", "DTYPE", "step, infer, memory: element type of the frozen layers; float32 if not given", "float32", "bfloat16");
        _checkpointing = Flag("--checkpointing", "step, memory: keep one activation a block and compute the others again");
        _alone = Flag("--alone", "step: without the LoRA step that a HeKA step is compared with");
        _batch = Count("--batch", "N", "step, infer, memory: pictures at a time; 4 if not given, 16 for infer", 1, 4096);
        _size = Count("--size", "PIXELS", "step, infer, memory: edge of the pictures; 224 if not given", 1, 4096);
        _steps = Count("--steps", "N", "all but kernels and memory: passes whose median counts; 5 if not given, 20 for infer, 3 for qwen; compare has four times as many of frozen passes, in three rounds of which the middle one counts", 1, 10_000);
        _peer = With<double?>("--peer", "RATE", "step: images/s of PyTorch 1.13 in the same training step on this machine, for the ratio");
        _peer.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && !(double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double rate) && rate > 0 && double.IsFinite(rate)))
            {
                result.AddError($"--peer is '{token.Value}'; expected images a second, as 0.39");
            }
        });
        _plot = With<string?>("--plot", "FILE", "compare, scale: also draw the result, as SVG; for several architectures compare puts the name before the ending");
        _strict = Flag("--strict", "exit code 1 where a bar is missed");
        Examples.Add(("hkafer bench --strict", "fails where this machine stays below a bar"));
        Examples.Add(("hkafer bench kernels", "GFLOP/s of each product, and the ratio to OpenBLAS"));
        Examples.Add(("hkafer bench compare --arch dinov2-small", "the table of docs/performance.md, measured here"));
        Examples.Add(("hkafer bench qwen --arch qwen2-vl-2b", "seconds of reading, tokens/s of answering, seconds of a training step"));
        Examples.Add(("hkafer bench step --arch dinov2-large --method lora --json", "milliseconds, images/s and memory of a step"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        string? what = args.GetValue(_what);
        int steps = args.GetValue(_steps) ?? 5;
        switch (what)
        {
            case "compare":
                return BenchComparison.Run(args.GetValue(_arch), steps, args.GetValue(_plot), args.GetValue(_strict), output, cancel);
            case "scale":
                return BenchScaling.Run(steps, args.GetValue(_plot), args.GetValue(_strict), output, cancel);
        }

        var rows = new List<BenchRow>();
        if (what == "qwen")
        {
            string folder = args.GetValue(_arch) ?? throw new UsageException(
                "bench qwen needs --arch FOLDER, a checkpoint; hkafer make qwen2-vl-2b FOLDER --dtype bfloat16 writes one with random weights");
            rows.AddRange(LanguageBench.Run(folder, args.GetValue(_steps) ?? 3, args.GetValue(_method) != "none", output.Step, cancel));
        }

        // The step first: the products would add to the peak memory that is measured with it.
        if (what is null or "step")
        {
            output.Step("training step");
            rows.AddRange(StepBench.Run(Settings(args), cancel));
        }

        if (what is "infer" or "memory")
        {
            StepSettings settings = Settings(args);
            rows.AddRange(what == "infer"
                ? InferBench.Run(settings with { Batch = args.GetValue(_batch) ?? 16, Steps = args.GetValue(_steps) ?? 20 }, output.Step, cancel)
                : MemoryBench.Run(settings, output.Step, cancel));
        }

        if (what is null or "kernels")
        {
            rows.AddRange(KernelBench.Run(args.GetValue(_seconds) ?? 0.5, output.Step, cancel));
        }

        if (!output.Document(() => Json.Array(rows, ToJson)))
        {
            var table = new Table("what", ">value", "unit", ">reference", ">ratio", "checked", "bar", "met");
            foreach (BenchRow row in rows)
            {
                table.Add(
                    row.Name, Text(row.Value), row.Unit, Text(row.Reference),
                    row.Ratio?.ToString("F3", CultureInfo.InvariantCulture), row.Checked ? "yes" : "WRONG",
                    row.Bar, row.Met switch { true => "yes", false => "NO", null => "" });
            }

            output.Table(table);
        }

        if (rows.Find(row => !row.Checked) is { } wrong)
        {
            output.Error(
                $"error: {wrong.Name}: differs from the reference; its time means nothing. "
                + "Please report it with the output of: hkafer doctor --json");
            return ExitCode.Failed;
        }

        return args.GetValue(_strict) ? Judge(rows, output) : ExitCode.Done;
    }

    internal static int Judge(IReadOnlyCollection<BenchRow> rows, Output output)
    {
        if (rows.Count(row => row.Bar is not null && row.Met is null) is > 0 and int open)
        {
            output.Message($"{open} bars were not tried, for want of a peer: OpenBLAS (libopenblas.so.0) for products, --peer for the training step");
        }

        BenchRow[] missed = [.. rows.Where(row => row.Met == false)];
        foreach (BenchRow row in missed)
        {
            output.Error($"missed: {row.Name}: {row.Bar}, got {Text(row.Bar!.OfRatio ? row.Ratio : row.Value, "G4")}");
        }

        return missed.Length > 0 ? ExitCode.Failed : ExitCode.Done;
    }

    private StepSettings Settings(ParseResult args)
    {
        string arch = args.GetValue(_arch) ?? "dinov2-small";
        return new StepSettings(
            Path.GetFileName(Path.TrimEndingDirectorySeparator(arch)), Architectures.Find(arch),
            args.GetValue(_method) ?? "heka")
        {
            Batch = args.GetValue(_batch) ?? 4,
            Size = args.GetValue(_size) ?? 224,
            Steps = args.GetValue(_steps) ?? 5,
            PeerRate = args.GetValue(_peer),
            DType = args.GetValue(_dtype) == "bfloat16" ? DType.BFloat16 : DType.Float32,
            Checkpointing = args.GetValue(_checkpointing),
            Alone = args.GetValue(_alone),
        };
    }

    internal static JsonNode ToJson(BenchRow row) => new JsonObject
    {
        ["name"] = row.Name,
        ["value"] = Json.Number(row.Value),
        ["unit"] = row.Unit,
        ["reference"] = Json.Number(row.Reference),
        ["ratio"] = Json.Number(row.Ratio),
        ["checked"] = row.Checked,
        ["bar"] = Json.Number(row.Bar?.Limit),
        ["bar_is"] = row.Bar?.Kind,
        ["met"] = row.Met,
    };

    private static string? Text(double? value) => Text(value, value >= 1000 ? "F0" : "F1");

    internal static string? Text(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture);
}
