namespace HkaFer;

/// <summary>
/// Calls back at once, on the thread that reports. <see cref="Progress{T}"/> posts to the thread of a window instead, and where there is no window to
/// the pool: in a console program its reports come late and out of order.
/// </summary>
/// <typeparam name="T">What is reported.</typeparam>
/// <param name="report">Called for each report; what it throws ends the work.</param>
public sealed class DirectProgress<T>(Action<T> report) : IProgress<T>
{
    /// <inheritdoc/>
    public void Report(T value) => report(value);
}
