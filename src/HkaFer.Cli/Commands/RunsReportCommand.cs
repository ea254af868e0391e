using System.CommandLine;
using System.Text.Json.Nodes;
using HkaFer.Training;

namespace HkaFer.Cli.Commands;

/// <summary>A run's page, made again.</summary>
internal sealed class RunsReportCommand : CliCommand
{
    private readonly Argument<string> _run;

    public RunsReportCommand()
        : base("report", "Writes a run's report.html again from the files in its folder; needs neither data nor backbone.")
    {
        _run = Take<string>("RUN", "a folder with run.json");
        Examples.Add(("hkafer runs report runs/heka-1", "runs/heka-1/report.html"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        string report = RunReport.Write(args.GetRequiredValue(_run));
        if (!output.Document(() => new JsonObject { ["report"] = report }))
        {
            output.Facts(("report", report));
        }

        return ExitCode.Done;
    }
}
