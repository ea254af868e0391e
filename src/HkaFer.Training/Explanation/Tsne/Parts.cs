namespace HkaFer.Training;

/// <summary>
/// Loops over points on several threads. What a point's result is depends on the point alone, and sums over points are added in their order afterwards, so
/// that equal input gives equal bits with any number of threads.
/// </summary>
internal static class Parts
{
    /// <summary>Points that are worth handing to a thread.</summary>
    private const int Worthwhile = 32;

    /// <summary>How many; the engine's number where null.</summary>
    [field: ThreadStatic]
    internal static int? Threads { get; set; }

    /// <summary>Runs a body over [from, to) ranges that together are 0 .. count - 1.</summary>
    internal static void For(int count, Action<int, int> body, CancellationToken cancel = default)
    {
        int parts = (count + Worthwhile - 1) / Worthwhile;
        var options = new ParallelOptions { MaxDegreeOfParallelism = Threads ?? Tensors.Engine.Threads, CancellationToken = cancel };
        Parallel.For(0, parts, options, part => body(part * Worthwhile, Math.Min(count, (part + 1) * Worthwhile)));
    }
}
