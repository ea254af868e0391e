using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// A fixed team of threads for short parallel regions; the caller is one of them. A training step enters hundreds of regions, so a
/// region allocates nothing and idle threads spin for a moment before they block.
/// </summary>
/// <remarks>
/// Items are handed out through one 64-bit ticket word: region number above, next item below. A thread that wakes late finds the ticket
/// spent and goes back to sleep, so a region never waits for a thread that took no item. Another thread's call waits for its turn; a call
/// from inside a region runs inline on the worker that makes it.
/// </remarks>
internal sealed unsafe class Workers : IDisposable
{
    /// <summary>The most threads that a team may have.</summary>
    public const int Limit = 1024;

    /// <summary>How long an idle thread spins before it blocks: longer than the serial stretch between two regions of a step, far shorter
    /// than anything that a person or a battery would notice.</summary>
    private static readonly long SpinTicks = Stopwatch.Frequency * 50 / 1_000_000;

    /// <summary>In the lower half of the ticket: closed, no item to take.</summary>
    private const uint Closed = uint.MaxValue;

    private static readonly Lazy<Workers> Shared = new(() => new Workers(DefaultCount()));

    [ThreadStatic]
    private static bool t_inside;

    [ThreadStatic]
    private static int t_worker;

    private readonly Lock _turn = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly SemaphoreSlim _finished = new(0);
    private readonly Thread[] _threads;

    private Counters _counters;
    private delegate*<void*, int, int, void> _body;
    private void* _work;
    private int _count;
    private Exception? _error;
    private volatile bool _stopping;

    /// <summary>A team of <paramref name="count"/>: the caller of a region and <paramref name="count"/> - 1 background threads.</summary>
    public Workers(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Limit);
        Count = count;
        _counters.Ticket = Closed;
        _threads = new Thread[count - 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            var worker = i + 1;
            _threads[i] = new Thread(() => Serve(worker)) { IsBackground = true, Name = $"HkaFer worker {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>The team of the process: <c>HKAFER_THREADS</c> threads, or one per processor.</summary>
    /// <exception cref="HkaFerException"><c>HKAFER_THREADS</c> is not a number from 1 to <see cref="Limit"/>.</exception>
    public static Workers Default => Shared.Value;

    /// <summary>Threads in the team, the caller included.</summary>
    public int Count { get; }

    /// <summary>Runs items 0 .. <paramref name="count"/> - 1 of <paramref name="work"/> and returns when all are done.</summary>
    /// <exception cref="Exception">The first exception that a body threw; items not yet begun are then skipped.</exception>
    public void For<TWork>(int count, ref TWork work)
        where TWork : struct, IWork
    {
        if (count <= 0)
        {
            return;
        }
        if (t_inside)
        {
            // The team is busy with the region that this call comes from: forking again could only wait or oversubscribe.
            RunInline(count, ref work, t_worker);
            return;
        }
        lock (_turn)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            if (count == 1 || Count == 1)
            {
                // Not marked as inside, so that one big item may itself use the whole team.
                RunInline(count, ref work, worker: 0);
                return;
            }
            // TWork may hold references; fixed keeps it in place, and the collector still sees them in the caller's frame.
#pragma warning disable CS8500
            fixed (TWork* pinned = &work)
#pragma warning restore CS8500
            {
                Fork(count, pinned, &Invoke<TWork>);
            }
        }
    }

    /// <summary>Ends the threads. Not needed for <see cref="Default"/>: its threads are background threads.</summary>
    public void Dispose()
    {
        lock (_turn)
        {
            if (_stopping)
            {
                return;
            }
            _stopping = true;
            Publish(0);
            _wake.Release(Count);
        }
        foreach (var thread in _threads)
        {
            thread.Join();
        }
        _wake.Dispose();
        _finished.Dispose();
    }

    internal static int ParseCount(string? text, int processors)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return Math.Clamp(processors, 1, Limit);
        }
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n is >= 1 and <= Limit
            ? n
            : throw new HkaFerException(
                $"HKAFER_THREADS: expected a number of threads from 1 to {Limit}, got \"{text}\"; "
                + "correct it, or unset it to use all processors");
    }

    private static int DefaultCount() => ParseCount(Environment.GetEnvironmentVariable("HKAFER_THREADS"), Environment.ProcessorCount);

    private static void RunInline<TWork>(int count, ref TWork work, int worker)
        where TWork : struct, IWork
    {
        for (var i = 0; i < count; i++)
        {
            work.Run(i, worker);
        }
    }

    private static void Invoke<TWork>(void* work, int index, int worker)
        where TWork : struct, IWork
        => Unsafe.AsRef<TWork>(work).Run(index, worker);

    private void Fork(int count, void* work, delegate*<void*, int, int, void> body)
    {
        // The ticket is closed here, so a late thread that reads a half-written region cannot take an item of it.
        _body = body;
        _work = work;
        _count = count;
        _error = null;
        Volatile.Write(ref _counters.Done, 0);
        var region = Publish(0);
        var asleep = Interlocked.Exchange(ref _counters.Asleep, 0);
        if (asleep > 0)
        {
            _wake.Release(Math.Min(asleep, count - 1));
            if (asleep > count - 1)
            {
                Interlocked.Add(ref _counters.Asleep, asleep - (count - 1));
            }
        }
        TakeItems(region, worker: 0);
        WaitForOthers(count);
        Publish(Closed);
        _work = null;
        if (_error is { } error)
        {
            _error = null;
            ExceptionDispatchInfo.Throw(error);
        }
    }

    /// <summary>Starts the next region number with <paramref name="next"/> as its next item.</summary>
    private uint Publish(uint next)
    {
        var region = (uint)(Volatile.Read(ref _counters.Ticket) >>> 32) + 1;
        Interlocked.Exchange(ref _counters.Ticket, ((long)region << 32) | next);
        return region;
    }

    /// <summary>Does items of <paramref name="region"/> until none is left or another region has begun.</summary>
    private void TakeItems(uint region, int worker)
    {
        // What is read here belongs to the region only if the ticket then says so.
        var body = _body;
        var work = _work;
        var count = (uint)_count;
        t_inside = true;
        t_worker = worker;
        while (true)
        {
            var ticket = Volatile.Read(ref _counters.Ticket);
            if ((uint)(ticket >>> 32) != region || (uint)ticket >= count)
            {
                break;
            }
            // Compare and swap, not increment: a late thread must not use up an item of a region that it has not read.
            if (Interlocked.CompareExchange(ref _counters.Ticket, ticket + 1, ticket) != ticket)
            {
                continue;
            }
            var index = (uint)ticket;
            if (Volatile.Read(ref _error) is null)
            {
                try
                {
                    body(work, (int)index, worker);
                }
                catch (Exception e)
                {
                    Interlocked.CompareExchange(ref _error, e, null);
                }
            }
            if (Interlocked.Increment(ref _counters.Done) == count && Volatile.Read(ref _counters.CallerWaits) != 0)
            {
                _finished.Release();
            }
        }
        t_inside = false;
    }

    private void WaitForOthers(int count)
    {
        var start = 0L;
        while (Volatile.Read(ref _counters.Done) != count)
        {
            var now = Stopwatch.GetTimestamp();
            start = start == 0 ? now : start;
            if (now - start < SpinTicks)
            {
                Thread.SpinWait(4);
                continue;
            }
            // The other's processor may have been taken away: do not burn this one. A token left over from an earlier region only
            // makes the loop turn once more.
            Interlocked.Exchange(ref _counters.CallerWaits, 1);
            if (Volatile.Read(ref _counters.Done) != count)
            {
                _finished.Wait();
            }
            Interlocked.Exchange(ref _counters.CallerWaits, 0);
        }
    }

    private void Serve(int worker)
    {
        var seen = 0u;
        while (true)
        {
            var region = WaitForRegion(seen);
            if (_stopping)
            {
                return;
            }
            seen = region;
            TakeItems(region, worker);
        }
    }

    /// <summary>Spins, then blocks, until an open region other than <paramref name="seen"/> is there.</summary>
    private uint WaitForRegion(uint seen)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            if (IsOpen(seen, out var region))
            {
                return region;
            }
            if (Stopwatch.GetTimestamp() - start < SpinTicks)
            {
                Thread.SpinWait(4);
                continue;
            }
            Interlocked.Increment(ref _counters.Asleep);
            if (!IsOpen(seen, out _) || !Withdraw())
            {
                _wake.Wait();
            }
            start = Stopwatch.GetTimestamp();
        }
    }

    private bool IsOpen(uint seen, out uint region)
    {
        var ticket = Volatile.Read(ref _counters.Ticket);
        region = (uint)(ticket >>> 32);
        return _stopping || (region != seen && (uint)ticket < Closed);
    }

    /// <summary>Takes back one announcement of sleep; false when a waker has answered it, whose token must then be consumed.</summary>
    private bool Withdraw()
    {
        while (true)
        {
            var asleep = Volatile.Read(ref _counters.Asleep);
            if (asleep == 0)
            {
                return false;
            }
            if (Interlocked.CompareExchange(ref _counters.Asleep, asleep - 1, asleep) == asleep)
            {
                return true;
            }
        }
    }

    /// <summary>The words that threads share while they run, each on cache lines of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 640)]
    private struct Counters
    {
        [FieldOffset(128)] public long Ticket;
        [FieldOffset(256)] public int Done;
        [FieldOffset(384)] public int Asleep;
        [FieldOffset(512)] public int CallerWaits;
    }
}
