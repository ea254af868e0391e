using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors.Tests.Kernels;

public class WorkersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void For_any_count_runs_each_item_once(int threads)
    {
        using var workers = new Workers(threads);
        foreach (var count in new[] { 0, 1, 2, 3, 5, 64, 1000 })
        {
            var work = new CountWork { Hits = new int[count], Busy = new int[threads] };
            workers.For(count, ref work);
            Assert.All(work.Hits, hits => Assert.Equal(1, hits));
        }
    }

    [Fact]
    public void For_many_short_regions_loses_no_item()
    {
        using var workers = new Workers(3);
        var work = new CountWork { Hits = new int[5], Busy = new int[3] };
        for (var region = 1; region <= 20_000; region++)
        {
            workers.For(5, ref work);
            Assert.Equal(region * 5, work.Hits.Sum());
        }
    }

    [Fact]
    public void For_after_a_pause_wakes_sleeping_threads()
    {
        using var workers = new Workers(2);
        for (var round = 0; round < 20; round++)
        {
            Thread.Sleep(5);
            // Both items wait for each other: done only if a second thread woke.
            var work = new MeetWork { Barrier = new Barrier(2), Met = new bool[2] };
            workers.For(2, ref work);
            Assert.Equal([true, true], work.Met);
        }
    }

    [Fact]
    public void For_inside_a_region_runs_inline()
    {
        using var workers = new Workers(2);
        var work = new NestedWork { Workers = workers, Inner = new int[4][] };
        workers.For(4, ref work);
        Assert.All(work.Inner, threads => Assert.Single(threads.Distinct()));
    }

    [Fact]
    public void For_from_two_threads_keeps_worker_numbers_apart()
    {
        using var workers = new Workers(2);
        var busy = new int[2];
        var hits = new int[64];
        void Call()
        {
            for (var i = 0; i < 300; i++)
            {
                var work = new CountWork { Hits = hits, Busy = busy };
                workers.For(64, ref work);
            }
        }
        var other = new Thread(Call);
        other.Start();
        Call();
        other.Join();
        Assert.All(hits, h => Assert.Equal(600, h));
    }

    [Fact]
    public void For_with_a_throwing_body_reaches_the_caller_and_leaves_the_team_usable()
    {
        using var workers = new Workers(2);
        for (var round = 0; round < 50; round++)
        {
            var error = Assert.Throws<InvalidOperationException>(() =>
            {
                var failing = new ThrowWork { At = 3 };
                workers.For(8, ref failing);
            });
            Assert.Equal("item 3", error.Message);
            var work = new CountWork { Hits = new int[8], Busy = new int[2] };
            workers.For(8, ref work);
            Assert.All(work.Hits, hits => Assert.Equal(1, hits));
        }
    }

    [Fact]
    public void For_after_warm_up_allocates_nothing()
    {
        using var workers = new Workers(2);
        var work = new ThreadWork { Threads = new int[4] };
        workers.For(4, ref work);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            workers.For(4, ref work);
        }
        // Blocking on a semaphore may allocate inside the runtime on a loaded machine; a closure per call would be over 64 KB.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16_384);
    }

    [Fact]
    public void Idle_team_sleeps()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only /proc tells what one thread does");
        using var workers = new Workers(3);
        // Every thread of the team takes one item, for none can leave before all have come.
        var work = new IdentifyWork { Barrier = new Barrier(3), Stat = new string[3] };
        workers.For(3, ref work);
        var caller = Id(File.ReadAllText("/proc/thread-self/stat"));
        string[] team = [.. work.Stat.Select(Id).Where(id => id != caller)];
        Assert.Equal(2, team.Length);
        // A thread that polls or spins is soon switched to and from, or counts time; one that sleeps until it is woken does neither, however busy the machine.
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                string[] before = [.. team.Select(Life)];
                Thread.Sleep(100);
                return before.SequenceEqual(team.Select(Life));
            },
            TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public void For_on_a_disposed_team_is_refused()
    {
        var workers = new Workers(2);
        workers.Dispose();
        workers.Dispose();
        Assert.Throws<ObjectDisposedException>(() =>
        {
            var work = new ThrowWork { At = -1 };
            workers.For(2, ref work);
        });
    }

    [Theory]
    [InlineData(null, 6)]
    [InlineData(" ", 6)]
    [InlineData("1", 1)]
    [InlineData("12", 12)]
    public void ParseCount_reads_the_setting(string? text, int expected) => Assert.Equal(expected, Workers.ParseCount(text, 6));

    [Theory]
    [InlineData("0")]
    [InlineData("-2")]
    [InlineData("two")]
    [InlineData("1025")]
    [InlineData("99999999999999999999")]
    public void ParseCount_of_nonsense_names_the_variable_and_the_value(string text)
    {
        var error = Assert.Throws<HkaFerException>(() => Workers.ParseCount(text, 6));
        Assert.Contains("HKAFER_THREADS", error.Message);
        Assert.Contains(text, error.Message);
    }

    /// <summary>User and system time of the thread whose /proc stat line this was; the kernel counts in hundredths.</summary>
    private static string Id(string stat) => stat.Split(' ')[0];

    /// <summary>How often a thread was switched to and from, and how much processor time it has had.</summary>
    private static string Life(string id)
    {
        var stat = File.ReadAllText($"/proc/self/task/{id}/stat");
        var switches = File.ReadLines($"/proc/self/task/{id}/status").Where(line => line.Contains("ctxt_switches", StringComparison.Ordinal));
        return $"{string.Join(' ', stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[11..13])} {string.Join(' ', switches)}";
    }

    private struct CountWork : IWork
    {
        public int[] Hits, Busy;

        public readonly void Run(int index, int worker)
        {
            Assert.Equal(1, Interlocked.Increment(ref Busy[worker]));
            Interlocked.Increment(ref Hits[index]);
            Interlocked.Decrement(ref Busy[worker]);
        }
    }

    private struct MeetWork : IWork
    {
        public Barrier Barrier;
        public bool[] Met;

        public readonly void Run(int index, int worker) => Met[index] = Barrier.SignalAndWait(TimeSpan.FromSeconds(20));
    }

    private struct NestedWork : IWork
    {
        public Workers Workers;
        public int[][] Inner;

        public readonly void Run(int index, int worker)
        {
            var inner = new ThreadWork { Threads = new int[16] };
            Workers.For(16, ref inner);
            Inner[index] = inner.Threads;
        }
    }

    private struct ThreadWork : IWork
    {
        public int[] Threads;

        public readonly void Run(int index, int worker) => Threads[index] = Environment.CurrentManagedThreadId;
    }

    private struct ThrowWork : IWork
    {
        public int At;

        public readonly void Run(int index, int worker)
        {
            if (index == At)
            {
                throw new InvalidOperationException($"item {index}");
            }
        }
    }

    private struct IdentifyWork : IWork
    {
        public Barrier Barrier;
        public string[] Stat;

        public readonly void Run(int index, int worker)
        {
            Stat[index] = File.ReadAllText("/proc/thread-self/stat");
            Barrier.SignalAndWait(TimeSpan.FromSeconds(20));
        }
    }
}
