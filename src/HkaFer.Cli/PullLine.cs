using HkaFer.Models;

namespace HkaFer.Cli;

/// <summary>Tells how far a checkpoint is fetched: a line that is rewritten on a terminal, and lines that stay for each file that is begun and each wait.</summary>
internal sealed class PullLine(Output output)
{
    private string? _begun;

    public void Show(HubProgress p)
    {
        if (p.Note is not null)
        {
            output.Message(p.Note);
            return;
        }

        if (p.Step == HubStep.Fetching && p.File != _begun)
        {
            _begun = p.File;
            output.Message($"fetching {p.File}");
        }

        string doing = p.Step == HubStep.Checking ? "checking " : "";
        string rate = p.Remaining is { } left ? $"  {Bytes((long)p.BytesPerSecond)}/s  {TimeLeft.Text(left)} left" : "";
        output.Live(() => $"{doing}{p.File}  {Bytes(p.Done)} of {Bytes(p.Total)}{rate}");
    }

    /// <summary><c>88.2 MB</c>.</summary>
    public static string Bytes(long count)
    {
        (double value, string unit) = count switch
        {
            < 1_000 => (count, "bytes"),
            < 1_000_000 => (count / 1e3, "kB"),
            < 1_000_000_000 => (count / 1e6, "MB"),
            _ => (count / 1e9, "GB"),
        };
        return FormattableString.Invariant($"{value:0.#} {unit}");
    }
}
