namespace HkaFer.Data;

/// <summary>A limit on decoded pictures in memory, shared by the data sets that are given it.</summary>
public sealed class CacheBudget
{
    private readonly long _limit;
    private long _taken;

    /// <param name="limitBytes">Most bytes of pixels to keep; 0 keeps nothing.</param>
    public CacheBudget(long limitBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limitBytes);
        _limit = limitBytes;
    }

    /// <summary>Takes room for a picture where there is some.</summary>
    internal bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= _limit)
        {
            return true;
        }

        Return(bytes);
        return false;
    }

    /// <summary>Gives room back.</summary>
    internal void Return(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
