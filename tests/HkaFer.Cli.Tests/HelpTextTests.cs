using System.CommandLine;
using HkaFer.Cli.Commands;

namespace HkaFer.Cli.Tests;

public sealed class HelpTextTests
{
    public static TheoryData<string> Commands => [.. All(new HkaFerCommand()).Select(HelpText.Path)];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_of_every_command_teaches_with_an_example(string command)
    {
        Hka.Outcome outcome = Hka.Run([.. command.Split(' ')[1..], "--help"]).Succeeds();
        Assert.Contains($"usage: {command}", outcome.Out);
        Assert.Contains($"\n  {command}", outcome.Out[outcome.Out.IndexOf("examples:", StringComparison.Ordinal)..]);
        Assert.Empty(outcome.Error);
        Assert.All(outcome.Out.Split('\n'), line => Assert.True(line.Length <= 100, line));
    }

    [Fact]
    public void Help_lists_all_commands_and_the_exit_codes()
    {
        string help = Hka.Run("--help").Out;
        Assert.All(
            (string[])["quickstart", "train", "eval", "predict", "params", "data", "inspect", "doctor", "bench"],
            name => Assert.Contains($"\n  {name} ", help));
        Assert.Contains("130 interrupted", help);
    }

    [Fact]
    public void Bare_name_is_wrong_usage_and_shows_help_on_standard_error()
    {
        Hka.Outcome outcome = Hka.Run();
        Assert.Equal(2, outcome.Code);
        Assert.Empty(outcome.Out);
        Assert.Contains("commands:", outcome.Error);
    }

    [Fact]
    public void Version_is_one_line_or_one_document()
    {
        Assert.Matches(@"^hkafer \d+\.\d+\.\d+\r?\n$", Hka.Run("--version").Out);
        Assert.Matches(@"^\d+\.\d+\.\d+$", Hka.Run("--version", "--json").Json.GetProperty("version").GetString());
    }

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(c => All(c).Prepend(c));
}
