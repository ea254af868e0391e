namespace HkaFer;

/// <summary>
/// Names every change to files before it is made, so that a test can stop the program before each of them in turn, as a kill would.
/// </summary>
internal static class FileSteps
{
    // Of one thread: tests run beside each other, and a run writes on the thread that called it.
    [ThreadStatic]
    private static Action<string, string>? t_before;

    /// <summary>Tells of each change (what, which path) that the calling thread is about to make. What it throws, the change throws.</summary>
    internal static IDisposable Watch(Action<string, string> before)
    {
        t_before = before;
        return new End();
    }

    internal static void Before(string step, string path) => t_before?.Invoke(step, path);

    private sealed class End : IDisposable
    {
        public void Dispose() => t_before = null;
    }
}
