using System.CommandLine;
using System.Text.Json.Nodes;
using HkaFer.Training;

namespace HkaFer.Cli.Commands;

/// <summary>One pre-training run.</summary>
internal sealed class PretrainCommand : CliCommand
{
    private readonly Argument<string> _recipe;
    private readonly Option<string?> _out;
    private readonly Option<string[]> _set;
    private readonly Option<bool> _resume;

    public PretrainCommand()
        : base("pretrain", "Makes a backbone: from pictures without labels, or a small vision-language model from drawn faces.")
    {
        Stops = true;
        Remarks = "The recipe's data.train is a folder, of which every picture in it and below is taken, or KIND:PATH, whose labels are not looked at. "
            + "Ctrl-C finishes the step under way and saves; --resume goes on with the same bits. The backbone is in last/backbone of the run's folder; report.html shows "
            + "what the model makes of pictures that it has not seen. A recipe with the section describe (cer-base) makes a small Qwen2-VL that describes drawn faces; it needs no data.";
        _recipe = Take<string>("RECIPE", "a YAML file, or the name of one that came with the program: mae-ferplus, cer-base");
        _out = With<string?>("--out", "DIR", "the run's folder; if not given, runs/ with the recipe's name and a number");
        _resume = Flag("--resume", "goes on with the run in --out, or with the latest of this recipe's name");
        _set = With<string[]>("--set", "KEY=VALUE", "changes a key of the recipe; may be repeated");
        _set.Arity = ArgumentArity.OneOrMore;
        Examples.Add(("hkafer pretrain mae-ferplus --set data.train=my-faces --out runs/mine", "on every picture in a folder"));
        Examples.Add(("hkafer pretrain cer-base --out runs/cer-base", "the vision-language model in the box, made again"));
        Examples.Add(("hkafer pretrain my.yaml --set training.epochs=200 --set masking.ratio=0.6", "a variation"));
        Examples.Add(("hkafer train supervised-ferplus --set data.train=faces --set backbone=runs/mine/last/backbone", "a classifier on what came of it"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        string path = args.GetRequiredValue(_recipe);
        bool resume = args.GetValue(_resume);
        string[] sets = RecipeArgument.Sets(args.GetValue(_set));

        string file = RecipeArgument.Find(path);
        DescribeRecipe? describe = DescribeRecipe.Is(file) ? DescribeRecipe.Load(file, sets) : null;
        PretrainRecipe? recipe = describe is null ? PretrainRecipe.Load(file, sets) : null;
        using var place = new RunPlace(path, args.GetValue(_out), resume);
        PretrainResult result = describe is null
            ? PretrainRun.Execute(recipe!, place.Folder, resume, place.Progress(output), cancel: cancel)
            : DescribeRun.Execute(describe, place.Folder, resume, place.Progress(output), cancel: cancel);
        if (!output.Document(() => ToJson(result)))
        {
            Write(result, output);
        }

        if (result.Warning is { } warning)
        {
            output.Error($"warning: {warning}");
        }

        if (result.Interrupted)
        {
            place.TellHowToGoOn(output, "pretrain", path, sets);
            return ExitCode.Interrupted;
        }

        if (!output.IsJson)
        {
            string backbone = $"--set backbone={Quoting.ShellWord(result.Backbone)}";
            output.Message($"next: hkafer train {(recipe is null ? $"cer-demo {backbone}" : $"YOUR-RECIPE {backbone} --set preprocessing.size={recipe.Preprocessing.Size}")}");
        }

        if (resume && result.Epochs == result.EpochsBefore)
        {
            output.Message("nothing was left to train: the run had ended before");
        }

        return ExitCode.Done;
    }

    private static JsonObject ToJson(PretrainResult result) => new()
    {
        ["run"] = result.Folder,
        ["backbone"] = result.Backbone,
        ["best"] = result.Best is { } best ? new JsonObject { ["epoch"] = best.Epoch, ["loss"] = Json.Number(best.Loss) } : null,
        ["last"] = result.Last is { } last ? new JsonObject { ["loss"] = Json.Number(last) } : null,
        ["trainable"] = result.Trainable,
        ["total"] = result.Total,
        ["seconds"] = Json.Number(result.Seconds),
        ["peak_memory_bytes"] = result.PeakMemoryBytes,
        ["images_per_second"] = Json.Number(result.ImagesPerSecond),
        ["interrupted"] = result.Interrupted,
        ["warning"] = result.Warning,
    };

    private static void Write(PretrainResult result, Output output) => output.Facts(
    [
        ("run", result.Folder),
        ("backbone", result.Backbone),
        ("best", result.Best is { } best ? FormattableString.Invariant($"epoch {best.Epoch}, loss {best.Loss:F4} on held-out pictures") : "-"),
        ("last", result.Last is { } last ? FormattableString.Invariant($"loss {last:F4}") : "-"),
        ("trainable", FormattableString.Invariant($"{result.Trainable:N0} of {result.Total:N0} parameters, what is dropped at the end included")),
        ("seconds", FormattableString.Invariant($"{result.Seconds:F1}")),
        ("images/s", FormattableString.Invariant($"{result.ImagesPerSecond:F1}")),
        ("peak memory", FormattableString.Invariant($"{result.PeakMemoryBytes / 1e9:F2} GB")),
        .. result.Warning is null ? [("report", new RunFolder(result.Folder).Report)] : Array.Empty<(string, string)>(),
    ]);
}
