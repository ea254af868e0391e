using System.CommandLine;
using System.Reflection;
using System.Text.Json.Nodes;
using HkaFer.Cli.Commands;

namespace HkaFer.Cli;

/// <summary>From arguments to an exit code.</summary>
internal static class CommandLine
{
    /// <summary>The program's version.</summary>
    public static string Version =>
        typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Runs a command.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, Streams streams, CancellationToken cancel = default) => Run(args, streams, () => cancel);

    /// <summary>Runs a command.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="streams">Where results and messages go.</param>
    /// <param name="cancel">Asked for by commands that can stop; signals end the others at once, as they end any program.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, Streams streams, Func<CancellationToken> cancel)
    {
        // As git, dotnet and others take it.
        args = args is ["help", .. var about] ? [.. about, "--help"] : args;
        var root = new HkaFerCommand();
        ParseResult parsed = root.Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        Command command = parsed.CommandResult.Command;
        var output = new Output(streams, parsed.GetValue(root.Json), parsed.GetValue(root.Quiet));
        try
        {
            if (parsed.GetValue(root.Help))
            {
                using var help = new StringWriter();
                HelpText.Write(command, help);
                if (!output.Document(() => new JsonObject { ["command"] = HelpText.Path(command), ["help"] = help.ToString() }))
                {
                    streams.Result.Write(help);
                }

                return ExitCode.Done;
            }

            if (parsed.GetValue(root.Version))
            {
                output.Line(output.IsJson ? $"{{\"version\": \"{Version}\"}}" : $"hkafer {Version}");
                return ExitCode.Done;
            }

            if (command is not CliCommand known)
            {
                return args.Length == 0 ? Bare(root, streams) : throw new UsageException(Usage.Problem(parsed, args) ?? "name a command");
            }

            return Usage.Problem(parsed, args) is { } problem ? throw new UsageException(problem) : known.Run(parsed, output, known.Stops ? cancel() : CancellationToken.None);
        }
        catch (Exception e)
        {
            return Explain(e, command, output);
        }
        finally
        {
            output.ClearLive();
            Flush(streams);
        }
    }

    // A person who types the bare name wants to know what there is; a script has forgotten something.
    private static int Bare(Command root, Streams streams)
    {
        HelpText.Write(root, streams.Messages);
        return ExitCode.Usage;
    }

    private static int Explain(Exception e, Command command, Output output)
    {
        bool trace = Environment.GetEnvironmentVariable("HKAFER_TRACE") is { Length: > 0 } and not "0";
        switch (e)
        {
            case UsageException:
                output.Error(
                    $"{HelpText.Path(command)}: {e.Message}\n{HelpText.Usage(command)}\nmore: {HelpText.Path(command)} --help");
                return ExitCode.Usage;
            case OperationCanceledException:
                output.Error("interrupted");
                return ExitCode.Interrupted;
            case HkaFerException:
                output.Error(trace ? e.ToString() : $"error: {e.Message}");
                return ExitCode.Failed;
            case IOException or UnauthorizedAccessException:
                output.Error(trace ? e.ToString() : $"error: {e.Message} (HKAFER_TRACE=1 shows where)");
                return ExitCode.Failed;
            default:
                output.Error(trace
                    ? e.ToString()
                    : $"error: {e.GetType().Name}: {e.Message} (a fault of the program; HKAFER_TRACE=1 shows where)");
                return ExitCode.Failed;
        }
    }

    private static void Flush(Streams streams)
    {
        try
        {
            streams.Result.Flush();
        }
        catch (IOException)
        {
            // The reader has left (head): nothing remains to be told.
        }
    }
}
