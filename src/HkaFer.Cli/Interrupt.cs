using System.Runtime.InteropServices;

namespace HkaFer.Cli;

/// <summary>
/// Ctrl-C, and the signal by which clusters end a job: the first asks the command to finish what it is at and to save, the second leaves. Commands that
/// cannot stop do not listen, so that the first ends them.
/// </summary>
internal sealed class Interrupt(TextWriter messages) : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private PosixSignalRegistration[] _registrations = [];
    private int _signals;

    /// <summary>Takes the signals from here on.</summary>
    public CancellationToken Listen()
    {
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];
        return _source.Token;
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;

        // Signals may come on two threads at once.
        if (Interlocked.Increment(ref _signals) > 1)
        {
            // Files are replaced whole, never in place, so leaving at any moment leaves the last checkpoint intact.
            Environment.Exit(ExitCode.Interrupted);
        }

        _source.Cancel();
        messages.WriteLine("\nstopping after what is under way; once more to leave at once");
    }
}
