using System.CommandLine;

namespace HkaFer.Cli.Commands;

/// <summary>Prints what a shell needs to complete our commands; the shell then asks the program itself, which knows them best.</summary>
internal sealed class CompletionCommand : CliCommand
{
    private static readonly Dictionary<string, string> s_scripts = new(StringComparer.Ordinal)
    {
        // Where we know nothing, the shell goes on with file names.
        ["bash"] = """
            _hkafer() {
              local IFS=$'\n'
              COMPREPLY=($(compgen -W "$(hkafer __complete "$COMP_POINT" "$COMP_LINE" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o default -F _hkafer hkafer
            """,
        ["zsh"] = """
            #compdef hkafer
            _hkafer() {
              local -a found
              found=(${(f)"$(hkafer __complete $CURSOR "$BUFFER" 2>/dev/null)"})
              if (( $#found )); then compadd -a found; else _files; fi
            }
            compdef _hkafer hkafer
            """,
        ["fish"] = """
            complete -c hkafer -a '(hkafer __complete (commandline -C) (commandline -p) 2>/dev/null)'
            """,
        ["pwsh"] = """
            Register-ArgumentCompleter -Native -CommandName hkafer -ScriptBlock {
              param($word, $line, $position)
              hkafer __complete $position "$line" 2>$null |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
            }
            """,
    };

    private readonly Argument<string> _shell;

    public CompletionCommand()
        : base("completion", "Prints a script that lets a shell complete commands, options and their values.")
    {
        _shell = Take<string>("SHELL", string.Join(", ", s_scripts.Keys));
        _shell.CompletionSources.Add([.. s_scripts.Keys]);
        Examples.Add(("hkafer completion bash >> ~/.bashrc", "bash, from the next shell on"));
        Examples.Add(("hkafer completion fish > ~/.config/fish/completions/hkafer.fish", "fish"));
    }

    public override int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        string shell = args.GetRequiredValue(_shell);
        if (!s_scripts.TryGetValue(shell, out string? script))
        {
            throw new UsageException($"no completion for '{shell}'; {Nearest.Hint(shell, s_scripts.Keys)}");
        }

        if (!output.Document(() => new System.Text.Json.Nodes.JsonObject { ["shell"] = shell, ["script"] = script }))
        {
            output.Line(script);
        }

        return ExitCode.Done;
    }
}
