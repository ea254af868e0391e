using System.Diagnostics;
using HkaFer.Testing;

namespace HkaFer.Cli.Tests.Commands;

public sealed class CompletionCommandTests
{
    [Theory]
    [InlineData("hkafer par", "params")]
    [InlineData("hkafer data ", "save", "verify")]
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

    [Theory]
    [InlineData("hkafer par", "params")]
    [InlineData("hkafer params dinov2-l", "dinov2-large", "dinov2-large-registers")]
    [InlineData("hkafer params dinov2-small --method l", "linear", "lokr", "lora")]
    [InlineData("hkafer predict ")]
    public void Bash_completes_what_is_typed(string typed, params string[] expected)
    {
        Assert.SkipUnless(Has("bash"), "no bash here");
        using var scratch = new Scratch();

        // What bash itself does at the tab key, with the program that was built as `hkafer`.
        string script = scratch.Write("complete.bash", $$"""
            hkafer() { dotnet '{{Path.Combine(AppContext.BaseDirectory, "hkafer.dll")}}' "$@"; }
            {{Hka.Run("completion", "bash").Succeeds().Out}}
            COMP_LINE='{{typed}}' COMP_POINT={{typed.Length}}
            IFS=' ' read -r -a COMP_WORDS <<< "$COMP_LINE"
            [[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('')
            COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
            complete -p hkafer >/dev/null || exit 9
            _hkafer
            printf '%s\n' "${COMPREPLY[@]}"
            """);
        string found = Shell("bash", "--norc", script);
        Assert.Equal(expected, found.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public void Script_is_valid_in_its_shell(string shell)
    {
        Assert.SkipUnless(Has(shell), $"no {shell} here");
        using var scratch = new Scratch();
        Shell(shell, "-n", scratch.Write("script", Hka.Run("completion", shell).Succeeds().Out));
    }

    [Fact]
    public void Unknown_shell_is_wrong_usage()
    {
        Hka.Outcome outcome = Hka.Run("completion", "bahs");
        Assert.Equal(2, outcome.Code);
        Assert.Contains("did you mean 'bash'?", outcome.Error);
    }

    private static bool Has(string shell) => Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, shell)));

    private static string Shell(string shell, params string[] args)
    {
        using Process process = Process.Start(new ProcessStartInfo(shell, args) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        return Hka.Finish(process).Succeeds().Out;
    }
}
