using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using HkaFer.Training;

namespace HkaFer.Cli.Commands;

/// <summary>Frees the space that runs no longer need.</summary>
internal sealed class RunsCleanCommand : CliCommand
{
    private readonly Argument<string?> _folder;
    private readonly Option<bool> _keepBest, _yes;

    public RunsCleanCommand()
        : base("clean", "Says what runs no longer need and what it takes, and with --yes deletes it.")
    {
        Remarks = "That is: the state of runs that are done, which only resuming needs; what killed processes left half written; runs that failed before they had saved "
            + "a checkpoint. A run that is in use and files that are not a run's are never touched.";
        _folder = Take<string?>("DIR", "a run or a folder with runs; runs/ if not given", ArgumentArity.ZeroOrOne);
        _keepBest = Flag("--keep-best", "of runs that are done and report their best model (training.selection: best), the last model too");
        _yes = Flag("--yes", "deletes; without it nothing is changed");
        Examples.Add(("hkafer runs clean", "what could go, and how much space that is"));
        Examples.Add(("hkafer runs clean runs/old --keep-best --yes", "deletes it"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        string folder = args.GetValue(_folder) ?? "runs";
        bool keepBest = args.GetValue(_keepBest), delete = args.GetValue(_yes);
        IReadOnlyList<RunLeftover> found = delete ? RunCleaner.Clean(folder, keepBest) : RunCleaner.Find(folder, keepBest);
        long bytes = found.Sum(l => l.Bytes);
        if (output.Document(() => new JsonObject
        {
            ["deleted"] = delete,
            ["bytes"] = bytes,
            ["leftovers"] = Json.Array(found, l => new JsonObject { ["path"] = l.Path, ["run"] = l.Run, ["why"] = l.Why, ["files"] = l.Files.Count, ["bytes"] = l.Bytes }),
        }))
        {
            return ExitCode.Done;
        }

        var table = new Table("path", "why", ">files", ">bytes");
        foreach (RunLeftover leftover in found)
        {
            table.Add(leftover.Path, leftover.Why, leftover.Files.Count, leftover.Bytes);
        }

        output.Table(table);
        string size = string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F1} MB");
        output.Message(found.Count == 0 ? $"nothing to clean in {folder}" : delete ? $"deleted, {size}" : $"{size} could be freed; nothing was deleted, --yes deletes");
        return ExitCode.Done;
    }
}
