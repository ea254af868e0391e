using System.CommandLine;
using System.Text.Json.Nodes;
using HkaFer.Data;

namespace HkaFer.Cli.Commands;

/// <summary>Reads a whole data set before an hour of training is spent on it.</summary>
internal sealed class DataVerifyCommand : CliCommand
{
    private readonly Argument<string> _kind, _path;

    public DataVerifyCommand()
        : base("verify", "Reads every list and decodes every picture of a data set, counts its classes, and names all that is wrong.")
    {
        Remarks = "Exit code 1 where something is wrong, so that a script stops before it trains.";
        _kind = Take<string>("KIND", "what the data is: ferplus, folder (a folder per class), csv, faces (generated)");
        _path = Take<string>("PATH",
            "the folder or list, with options behind a question mark: 'list.csv?valid=0.2'", ArgumentArity.ZeroOrOne);
        Examples.Add(("hkafer data verify ferplus /data/FERPlus", "counts and problems of all splits"));
        Examples.Add(("hkafer data verify folder faces --json | jq .problems", "for a script"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        DataSource source = DataSource.Of(args.GetRequiredValue(_kind), args.GetValue(_path) ?? "");
        DatasetReport report = DatasetReport.Verify(source, (done, total) => Progress(output, done, total), cancel);
        if (!output.Document(() => ToJson(report)))
        {
            Write(report, output);
        }

        if (report.Problems.Count > 0)
        {
            string count = report.Problems.Count == 1 ? "1 problem" : $"{report.Problems.Count} problems";
            output.Error($"error: {source}: {count}; repair or remove what is named before training");
            return ExitCode.Failed;
        }

        return ExitCode.Done;
    }

    private static JsonNode ToJson(DatasetReport report) => new JsonObject
    {
        ["kind"] = report.Kind,
        ["splits"] = new JsonObject(report.Splits.Select(s => KeyValuePair.Create(s.Key, (JsonNode?)new JsonObject
        {
            ["count"] = s.Value.Count,
            ["classes"] = new JsonObject(s.Value.Classes.Select(c => KeyValuePair.Create(c.Key, (JsonNode?)JsonValue.Create(c.Value)))),
        }))),
        ["problems"] = Json.Array(report.Problems, p => new JsonObject { ["path"] = p.Path, ["problem"] = p.Problem }),
    };

    private static void Write(DatasetReport report, Output output)
    {
        string[] splits = [.. report.Splits.Keys];
        string[] classes = [.. report.Splits.Values.SelectMany(s => s.Classes.Keys).Distinct(StringComparer.Ordinal)];
        var table = new Table(["class", .. splits.Select(s => ">" + s)]);
        foreach (string name in classes)
        {
            table.Add([name, .. splits.Select(s => (object?)report.Splits[s].Classes.GetValueOrDefault(name))]);
        }

        table.Add(["all", .. splits.Select(s => (object?)report.Splits[s].Count)]);
        output.Table(table);
        foreach (DatasetProblem problem in report.Problems)
        {
            output.Line($"{problem.Path}: {problem.Problem}");
        }
    }

    // Told from several threads; the line is one.
    private static void Progress(Output output, int done, int total)
    {
        lock (output)
        {
            output.Live(() => $"{done:N0} of {total:N0} pictures");
        }
    }
}
