using System.CommandLine;
using System.Diagnostics;
using HkaFer.Data;
using HkaFer.Training;

namespace HkaFer.Cli.Commands;

/// <summary>Reads a whole data set before an hour of training is spent on it.</summary>
internal sealed class DataVerifyCommand : CliCommand
{
    private readonly Argument<string> _kind, _path;
    private readonly Option<string?> _fix, _model;
    private readonly Option<int?> _near;

    public DataVerifyCommand()
        : base("verify", "Reads every list and decodes every picture of a data set, counts its classes, and names all that is wrong or doubtful.")
    {
        Stops = true;
        Remarks = "Exit code 1 where something would stop training, so that a script stops before it trains: a list or picture that cannot be "
            + "read, a class without a picture. Duplicates and doubtful labels are warnings: exit code 0. Nothing is ever changed in the data. "
            + "--fix writes a list of pictures that a recipe leaves out (data.exclude): those that cannot be read; copies in the training split of "
            + "pictures of other splits, which stay; and copies within a split whose labels differ. Near duplicates are only told.";
        _kind = Take<string>("KIND", $"what the data is: {string.Join(", ", DataSource.Kinds)}; or KIND:PATH in one word");
        _path = Take<string>("PATH",
            "the folder or list, with options behind a question mark: 'list.csv?valid=0.2'", ArgumentArity.ZeroOrOne);
        _fix = With<string?>("--fix", "FILE", "writes an exclude list; replaces one that was written so before, and no other file");
        _near = Count("--near", "N",
            $"bits of 64 in which two pictures that look the same may differ; {DatasetReport.DefaultNearDistance} if not given, more finds more and errs more",
            0, DatasetReport.MaxNearDistance);
        _model = With<string?>("--model", "RUN-OR-ADAPTER", "also names the labels that this model contradicts with confidence; best one trained on other data, as supervised in the box");
        Examples.Add(("hkafer data verify ferplus /data/FERPlus", "counts, problems and doubts of all splits"));
        Examples.Add(("hkafer data verify folder faces --json | jq .problems", "for a script"));
        Examples.Add(("hkafer data verify folder faces --fix exclude.txt", "then in the recipe: data: {train: folder:faces, exclude: exclude.txt}"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        string kind = args.GetRequiredValue(_kind);
        if (args.GetValue(_path) is null && DataSource.NeedsPath(kind))
        {
            throw new UsageException($"PATH is missing; {kind} has one");
        }

        // As one word too, KIND:PATH, which is how all other commands take it.
        DataSource source = args.GetValue(_path) is null && kind.Contains(':', StringComparison.Ordinal) ? DataSource.Parse(kind) : DataSource.Of(kind, args.GetValue(_path) ?? "");
        string? fix = args.GetValue(_fix);
        if (fix is not null)
        {
            ExcludeList.CheckTarget(fix);
        }

        // A model that cannot be loaded should not be found out after the pictures.
        if (args.GetValue(_model) is { } named && !ExpressionModel.IsModel(named))
        {
            throw new HkaFerException($"model: '{named}' is none; name a folder with run.json or adapter_config.json");
        }

        var watch = Stopwatch.StartNew();
        DatasetReport report = DatasetReport.Verify(
            source, args.GetValue(_near) ?? DatasetReport.DefaultNearDistance,
            new DirectProgress<(int Done, int Total)>(p => Progress(output, watch, p.Done, p.Total)), cancel);
        if (args.GetValue(_model) is { } model)
        {
            report = report with { Doubts = [.. report.Doubts, .. Contradicted(source, report, ModelArgument.Load(model, null), output, cancel)] };
        }

        if (!output.Document(() => VerifyReport.ToJson(report)))
        {
            VerifyReport.Write(report, source.Path, output);
        }

        if (fix is not null)
        {
            int excluded = ExcludeList.Write(fix, report, source.ToString());
            output.Message($"{fix}: {excluded:N0} {(excluded == 1 ? "picture" : "pictures")} to leave out; name it in a recipe: data.exclude");
        }

        if (report.Problems.Count > 0)
        {
            string count = report.Problems.Count == 1 ? "1 problem" : $"{report.Problems.Count} problems";
            output.Error($"error: {source}: {count}; repair or remove what is named before training{(fix is null ? ", or list it with --fix FILE" : "")}");
            return ExitCode.Failed;
        }

        return ExitCode.Done;
    }

    private static List<LabelDoubt> Contradicted(DataSource source, DatasetReport report, ExpressionModel model, Output output, CancellationToken cancel)
    {
        HashSet<string> unread = [.. report.Problems.Where(p => p.Split is not null).Select(p => p.Path)];
        var doubts = new List<LabelDoubt>();
        var watch = Stopwatch.StartNew();
        foreach ((string split, SplitReport content) in report.Splits)
        {
            if (unread.Any(path => !File.Exists(path)))
            {
                output.Message("the model judges no label: a picture is missing; repair that first");
                break;
            }

            doubts.AddRange(LabelReview.Of(model, source.Open(split), unread, 32, new DirectProgress<int>(done => Progress(output, watch, done, content.Count)), cancel));
        }

        return doubts;
    }

    // Told from several threads; the line is one.
    private static void Progress(Output output, Stopwatch watch, int done, int total)
    {
        if (!output.IsLive)
        {
            return;
        }

        lock (output)
        {
            output.Live(() => FormattableString.Invariant(
                $"{done:N0} of {total:N0} pictures  {done / Math.Max(1e-3, watch.Elapsed.TotalSeconds):F0} pictures/s  {TimeLeft.Text(watch.Elapsed / done * (total - done))} left"));
        }
    }
}
