using System.CommandLine;

namespace HkaFer.Cli.Commands;

/// <summary>The program: all commands, and the options that each of them takes.</summary>
internal sealed class HkaFerCommand : RootCommand
{
    public HkaFerCommand()
        : base("Fine-tunes vision transformers for facial expression recognition with Kronecker adapters.")
    {
        // Help and version are ours: the library's write past our streams, and its help has no examples.
        Options.Clear();
        Directives.Clear();
        foreach (Option option in (Option[])[Json, Quiet, Help, Version])
        {
            Options.Add(option);
        }

        foreach (CliCommand command in (CliCommand[])
        [
            new QuickstartCommand(),
            new TrainCommand(),
            new ExperimentCommand(),
            new PretrainCommand(),
            new PredictCommand(),
            new EvalCommand(),
            new ParamsCommand(),
            new GroupCommand("data", "Looks at data sets, or writes them as pictures.", new DataVerifyCommand(), new DataSaveCommand()),
            new GroupCommand("runs", "Looks at past runs.", new RunsListCommand(), new RunsCompareCommand(), new RunsReportCommand(), new RunsCleanCommand()),
            new InspectCommand(),
            new ConvertCommand(),
            new PullCommand(),
            new MakeCommand(),
            new EmbedCommand(),
            new ExplainCommand(),
            new DoctorCommand(),
            new BenchCommand(),
            new CompletionCommand(),
            new CompleteCommand(),
        ])
        {
            Subcommands.Add(command);
        }
    }

    public Option<bool> Json { get; } =
        new("--json") { Description = "one JSON document on standard output, nothing else there", Recursive = true };

    public Option<bool> Quiet { get; } =
        new("--quiet") { Description = "no progress and no messages; errors are still told", Recursive = true };

    public Option<bool> Help { get; } = new("--help", "-h") { Description = "this text", Recursive = true };

    public Option<bool> Version { get; } = new("--version") { Description = "the program's version" };
}
