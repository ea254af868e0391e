namespace HkaFer.Cli.Tests;

public sealed class UsageTests
{
    [Theory]
    [InlineData("did you mean '--method'?", "params", "dinov2-small", "--methd", "heka")]
    [InlineData("did you mean '--format'?", "predict", "--formt", "json", "face.png")]
    [InlineData("did you mean '--format'?", "predict", "--formt=json", "face.png")]
    [InlineData("did you mean '--json'?", "doctor", "--jsn")]
    [InlineData("did you mean 'params'?", "parms")]
    [InlineData("did you mean 'verify'?", "data", "verfy")]
    [InlineData("did you mean 'lora'?", "params", "dinov2-small", "--method", "lorra")]
    [InlineData("did you mean 'step'?", "bench", "stp")]
    [InlineData("--peer is '0'", "bench", "step", "--peer", "0")]
    [InlineData("ARCH is missing", "params")]
    [InlineData("--data is missing", "eval")]
    [InlineData("name what to do: verify", "data")]
    [InlineData("name what to do: list, compare, report, clean", "runs")]
    [InlineData("'extra' is one argument too many", "inspect", "a", "extra")]
    [InlineData("--adapters is 'x'", "params", "dinov2-small", "--adapters", "x")]
    [InlineData("--adapters is '0'", "params", "dinov2-small", "--adapters", "0")]
    [InlineData("--method is missing a value", "params", "dinov2-small", "--method")]
    [InlineData("--rank belongs to --method lora", "params", "dinov2-small", "--rank", "4")]
    [InlineData("--router belongs to --method heka or hoka", "params", "dinov2-small", "--method", "lora", "--router", "sb")]
    [InlineData("contradict", "predict", "a", "b", "--json", "--format", "csv")]
    [InlineData("--out is empty", "train", "recipe.yaml", "--out", "")]
    [InlineData("OUT is empty", "convert", "adapter", "")]
    [InlineData("DIR is empty", "make", "dinov2-small", "")]
    [InlineData("PATH is missing; folder has one", "data", "verify", "folder")]
    [InlineData("--seed is 'abc'; expected a whole number, 0 or more", "quickstart", "--seed", "abc")]
    [InlineData("--data is missing; it takes KIND:PATH", "eval", "some-run")]
    [InlineData("--set takes KEY=VALUE", "train", "recipe.yaml", "--set", "epochs")]
    public void Wrong_usage_says_what_and_exits_with_2(string expected, params string[] args)
    {
        Hka.Outcome outcome = Hka.Run(args);
        Assert.Equal(2, outcome.Code);
        Assert.Contains(expected, outcome.Error);
        Assert.Contains("usage: hkafer", outcome.Error);
        Assert.Empty(outcome.Out);
    }

    [Theory]
    [InlineData(false, "params", "dinov2-small")]
    [InlineData(false, "runs", "list", "nowhere")]
    [InlineData(true, "convert", "nowhere", "out")]
    [InlineData(true, "eval", "--data", "nowhere")]
    [InlineData(true, "train", "nowhere.yaml")]
    public void Signals_are_taken_only_by_commands_that_can_stop(bool stops, params string[] args)
    {
        int asked = 0;
        CommandLine.Run(args, new Streams(TextWriter.Null, TextWriter.Null), () =>
        {
            asked++;
            return CancellationToken.None;
        });
        Assert.Equal(stops ? 1 : 0, asked);
    }

    [Fact]
    public void Help_may_be_asked_for_as_a_command()
    {
        Assert.Equal(Hka.Run("--help").Out, Hka.Run("help").Succeeds().Out);
        Assert.Equal(Hka.Run("train", "--help").Out, Hka.Run("help", "train").Succeeds().Out);
    }

    [Fact]
    public void Folder_in_the_place_of_a_recipe_is_said_to_be_one() =>
        Assert.Contains("is a folder; name a YAML file in it", Hka.Run("train", AppContext.BaseDirectory).Error);

    [Theory]
    [InlineData("--json", "doctor")]
    [InlineData("doctor", "--json")]
    public void Shared_options_stand_before_or_after_the_command(params string[] args) =>
        Assert.NotEmpty(Hka.Run(args).Succeeds().Json.GetProperty("cpu").GetString()!);

    [Fact]
    public void Response_file_sign_is_part_of_a_path()
    {
        Hka.Outcome outcome = Hka.Run("inspect", "@missing");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("'@missing' does not exist", outcome.Error);
    }
}
