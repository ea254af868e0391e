namespace HkaFer.Cli.Tests.Commands;

public sealed class CompletionCommandTests
{
    [Theory]
    [InlineData("hkafer par", "params")]
    [InlineData("hkafer data ", "verify")]
    [InlineData("hkafer params dinov2-small --me", "--method")]
    [InlineData("hkafer params dinov2-small --method l", "linear", "lora", "lokr")]
    [InlineData("hkafer params dinov2-l", "dinov2-large", "dinov2-large-registers")]
    [InlineData("hkafer completion ", "bash", "zsh", "fish", "pwsh")]
    [InlineData("hkafer predict ")]
    public void Completion_offers_what_may_follow(string line, params string[] expected)
    {
        string found = Hka.Run("__complete", $"{line.Length}", line).Succeeds().Out;
        Assert.Equal(expected.Order(), found.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Order());
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("pwsh")]
    public void Script_asks_the_program(string shell) => Assert.Contains("hkafer __complete", Hka.Run("completion", shell).Succeeds().Out);

    [Fact]
    public void Unknown_shell_is_wrong_usage()
    {
        Hka.Outcome outcome = Hka.Run("completion", "bahs");
        Assert.Equal(2, outcome.Code);
        Assert.Contains("did you mean 'bash'?", outcome.Error);
    }
}
