namespace HkaFer.Testing;

/// <summary>
/// Lets the calling thread make so many changes to files and no more: the next one throws, and so does every one after it, clean-up included. To
/// the files that is a kill at this moment.
/// </summary>
public sealed class CrashPoint : IDisposable
{
    private readonly IDisposable _watch;

    /// <summary>Begins to count.</summary>
    /// <param name="changes">Changes that are still made.</param>
    public CrashPoint(int changes)
    {
        _watch = FileSteps.Watch((step, path) =>
        {
            if (Count >= changes)
            {
                throw new CrashException($"crash before: {step} {path}");
            }

            Count++;
        });
    }

    /// <summary>Changes made so far.</summary>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public void Dispose() => _watch.Dispose();
}

/// <summary>The moment of the crash. No code under test catches it.</summary>
public sealed class CrashException(string message) : Exception(message);
