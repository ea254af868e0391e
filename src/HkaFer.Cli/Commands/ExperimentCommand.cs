using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using HkaFer.Training;

namespace HkaFer.Cli.Commands;

/// <summary>A table or a figure of a paper.</summary>
internal sealed class ExperimentCommand : CliCommand
{
    private const string DefaultOut = "experiments";

    private readonly Argument<string> _name;
    private readonly Option<string[]> _data, _backbone, _set;
    private readonly Option<double[]> _rates;
    private readonly Option<int?> _seeds, _epochs;
    private readonly Option<string?> _out, _lists;
    private readonly Option<bool> _dryRun;

    public ExperimentCommand()
        : base(
            "experiment",
            "Remakes a table or a figure of a paper: trains what is not trained yet, and sets our numbers beside the paper's.")
    {
        Stops = true;
        Remarks = string.Join('\n', ExperimentCatalog.All.Select(e => $"{e.Name}: {e.Summary} ({e.Needs})"))
            + "\nRuns are kept in DIR/runs and shared by all experiments that need them: what is done is not done again, what Ctrl-C or a crash "
            + "has cut goes on when the same command is given again, and several processes may work on one DIR. What is not given leaves gaps, "
            + "which the table explains. --epochs, --set and --seeds make other runs, beside the earlier ones.";
        _name = Take<string>("NAME", string.Join(", ", ExperimentCatalog.All.Select(e => e.Name)));
        _name.CompletionSources.Add([.. ExperimentCatalog.All.Select(e => e.Name)]);
        _data = Repeated("--data", "KIND:PATH", "a data set; once for each that the table needs: rafdb:DIR, affectnet:DIR, sfew:DIR, expw:DIR, ferplus:DIR, rafdb-compound:DIR, affwild2:DIR, cexpr:DIR, or one's own");
        _data.Required = true;
        _backbone = Repeated("--backbone", "DIR", "a checkpoint folder, a name in the box, or an id of the hub that was pulled; once for DINOv2 and once for CLIP where the table has both; for cer-table a Qwen2-VL or Qwen2.5-VL");
        _backbone.Required = true;
        _lists = With<string?>("--lists", "DIR", "the folder with the published lists of occluded and turned faces");
        _seeds = Count("--seeds", "N", "runs of each training, with the seeds 1 to N; 3 if not given", 1, 100);
        _epochs = Count("--epochs", "N", "epochs of each run; the paper's if not given (60; in cer-table 20 of stage 1 and 10 of stage 2)", 1, 100_000);
        _set = Repeated("--set", "KEY=VALUE", "changes a key of all recipes");
        _rates = With<double[]>("--rates", "RATE", "learning rates that ablation chooses from for each method, in three epochs scored on a tenth of the training pictures; 0.001 0.003 0.01 if not given");
        _rates.Arity = ArgumentArity.OneOrMore;
        _rates.AllowMultipleArgumentsPerToken = true;
        _out = With<string?>("--out", "DIR", $"the folder of runs, scores and tables; {DefaultOut} if not given");
        _dryRun = Flag("--dry-run", "prints the runs, what they train, and how long they take where that is known; does nothing");
        Examples.Add(("hkafer experiment table5 --data rafdb:raf --data expw:expw --backbone facebook/dinov2-large", "the paper's, 24 runs"));
        Examples.Add(("hkafer experiment table5 --data ferplus:FERPlus --backbone faces-vit --epochs 2 --seeds 1", "other data and a small backbone"));
        Examples.Add(("hkafer experiment ablation --data ferplus:FERPlus --backbone mae --set data.pictures=5000", "each method at a rate of its own"));
        Examples.Add(("hkafer experiment cer-table --data rafdb:raf --data rafdb-compound:raf --backbone qwen2-vl-2b", "compound expressions in two stages"));
        Examples.Add(("hkafer experiment table4 --data rafdb:raf --backbone facebook/dinov2-small --dry-run", "what would be run"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        string name = args.GetRequiredValue(_name), folder = args.GetValue(_out) ?? DefaultOut;
        if (ExperimentCatalog.All.All(e => e.Name != name))
        {
            throw new UsageException($"there is no experiment '{name}'; {Nearest.Hint(name, ExperimentCatalog.All.Select(e => e.Name))}");
        }

        double[]? rates = args.GetValue(_rates) is { Length: > 0 } given ? given : null;
        if (rates is not null && ExperimentCatalog.All.All(e => e.Name != name || !e.ChoosesRates))
        {
            throw new UsageException($"--rates is for {string.Join(", ", ExperimentCatalog.All.Where(e => e.ChoosesRates).Select(e => e.Name))}; {name} trains at the paper's: --set optimizer.learning_rate=RATE changes it for all runs");
        }

        string[] sets = RecipeArgument.Sets(args.GetValue(_set));
        Experiment experiment = ExperimentCatalog.Plan(name, new ExperimentSettings
        {
            Data = args.GetRequiredValue(_data),
            Backbones = args.GetRequiredValue(_backbone),
            Lists = args.GetValue(_lists),
            Seeds = args.GetValue(_seeds) ?? new ExperimentSettings().Seeds,
            Rates = rates ?? new ExperimentSettings().Rates,
            Epochs = args.GetValue(_epochs),
            Sets = sets,
        });
        foreach (string unused in experiment.Unused)
        {
            output.Message($"{name} has no place for {unused}");
        }

        if (args.GetValue(_dryRun))
        {
            return DryRun(experiment, ExperimentPlanRow.All(experiment, folder), output);
        }

        var progress = new DirectProgress<ExperimentProgress>(p => ExperimentLine.Show(output, p));
        ExperimentResult result = ExperimentRunner.Run(experiment, folder, progress, cancel);
        if (!output.Document(() => ToJson(result, folder)))
        {
            Write(result.Table, output);
            foreach (string file in result.Files)
            {
                output.Facts((Path.GetExtension(file).TrimStart('.'), file));
            }
        }

        foreach ((string run, string reason) in result.Failures)
        {
            output.Error($"failed: {run}: {reason}");
        }

        if (result.Interrupted)
        {
            output.Error("interrupted; what was reached is saved, and the same command goes on from there");
            return ExitCode.Interrupted;
        }

        return result.Failures.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private Option<string[]> Repeated(string name, string value, string description)
    {
        Option<string[]> option = With<string[]>(name, value, $"{description}; may be repeated");
        option.Arity = ArgumentArity.OneOrMore;
        return option;
    }

    private static int DryRun(Experiment experiment, IReadOnlyList<ExperimentPlanRow> rows, Output output)
    {
        ExperimentPlanRow[] undone = [.. rows.Where(row => row.Standing.State != RunState.Done)];

        // Not known as long as that of one of them is not.
        double? left = undone.Aggregate((double?)0, (sum, row) => sum + row.Seconds);
        if (output.Document(() => new JsonObject
        {
            ["experiment"] = experiment.Name,
            ["title"] = experiment.Title,
            ["runs"] = Json.Array(rows, row => new JsonObject
            {
                ["run"] = row.Run.Name,
                ["what"] = row.Run.Description,
                ["state"] = row.Standing.State.ToString().ToLowerInvariant(),
                ["trainable"] = Json.Number(row.Standing.Trainable ?? row.Run.Trainable),
                ["seconds"] = Json.Number(row.Seconds),
            }),
            ["scores"] = Json.Array(experiment.Scores, score => new JsonObject { ["run"] = score.Run.Name, ["on"] = score.Description }),
            ["gaps"] = Json.Strings(Gaps(experiment)),
            ["seconds_left"] = Json.Number(left),
        }))
        {
            return ExitCode.Done;
        }

        var table = new Table("run", "state", ">trainable", ">seconds", "what") { Essential = 3 };
        foreach (ExperimentPlanRow row in rows)
        {
            table.Add(
                row.Run.Name, row.Standing.State.ToString().ToLowerInvariant(), row.Standing.Trainable ?? row.Run.Trainable,
                row.Seconds?.ToString("F0", CultureInfo.InvariantCulture), row.Run.Description);
        }

        output.Table(table);
        foreach (string gap in Gaps(experiment))
        {
            output.Message($"gap: {gap}");
        }

        output.Message($"{undone.Length} of {rows.Count} runs to do" + (left is { } seconds
            ? $", about {TimeLeft.Text(TimeSpan.FromSeconds(seconds))}" : "; how long they take is known once one seed of each is done"));
        return ExitCode.Done;
    }

    private static IEnumerable<string> Gaps(Experiment experiment) =>
        experiment.Rows.SelectMany(row => row.Cells).Select(cell => cell.Reason).OfType<string>().Distinct(StringComparer.Ordinal);

    private static JsonObject ToJson(ExperimentResult result, string folder)
    {
        ExperimentTable table = result.Table;
        return new JsonObject
        {
            ["experiment"] = table.Experiment.Name,
            ["title"] = table.Experiment.Title,
            ["source"] = table.Experiment.Source,
            ["unit"] = "%",
            ["out"] = Path.GetFullPath(folder),
            ["rows"] = Json.Array(
                table.Experiment.Rows.Zip(table.Values).SelectMany(row => table.Experiment.Columns.Zip(
                    row.Second, (column, value) => (Row: row.First, Column: column, Value: value))),
                cell => new JsonObject
                {
                    ["group"] = cell.Row.Group,
                    ["method"] = cell.Row.Label,
                    ["backbone"] = cell.Row.Detail,
                    ["column"] = cell.Column,
                    ["ours"] = Json.Number(cell.Value.Ours),
                    ["deviation"] = Json.Number(cell.Value.Deviation),
                    ["per_seed"] = Json.Array(cell.Value.PerSeed, Json.Number),
                    ["macro_f1"] = Json.Number(cell.Value.MacroF1),
                    ["best_epoch"] = Json.Number(cell.Value.Best),
                    ["count"] = Json.Number(cell.Value.Count),
                    ["trainable"] = Json.Number(cell.Value.Trainable),
                    ["paper"] = Json.Number(cell.Value.Paper),
                    ["paper_trainable"] = cell.Row.PaperTrainable,
                    ["reason"] = cell.Value.Reason,
                }),
            ["comparisons"] = Json.Array(table.Comparisons, c => new JsonObject
            {
                ["column"] = c.Column,
                ["method"] = c.First,
                ["against"] = c.Second,
                ["seed"] = c.Seed,
                ["only_method_right"] = c.OnlyFirstRight,
                ["only_against_right"] = c.OnlySecondRight,
                ["p"] = Json.Number(c.P),
            }),
            ["notes"] = Json.Strings(table.Notes),
            ["files"] = Json.Strings(result.Files),
            ["failures"] = Json.Array(result.Failures, f => new JsonObject { ["run"] = f.Run, ["reason"] = f.Reason }),
            ["interrupted"] = result.Interrupted,
        };
    }

    /// <summary>Our rows; those that the paper quotes from others are in the files.</summary>
    private static void Write(ExperimentTable table, Output output)
    {
        IReadOnlyList<(int Column, bool IsPaper, string Head)> shown = ExperimentText.Shown(table.Experiment);
        var drawn = new Table(["method", ">trained", .. shown.Select(column => $">{column.Head}")]);
        foreach ((ExperimentRow row, IReadOnlyList<ExperimentValue> values) in table.Experiment.Rows.Zip(table.Values).Where(row => row.Second.Any(value => value.IsOurs)))
        {
            string label = string.Join(", ", ((string[])[row.Group, row.Label, row.Detail]).Where(part => part.Length > 0));
            drawn.Add([
                label, values.Select(v => v.Trainable).FirstOrDefault(t => t is not null),
                .. shown.Select(column => ExperimentText.Cell(values, column)),
            ]);
        }

        output.Table(drawn);
        IEnumerable<string> reasons = table.Values.SelectMany(row => row).Select(value => value.Reason).OfType<string>();
        foreach (string reason in reasons.Distinct(StringComparer.Ordinal))
        {
            output.Message($"gap: {reason}");
        }
    }
}
