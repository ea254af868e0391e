using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace HkaFer.Testing;

/// <summary>
/// Runs readers over damaged copies of sound files. A round passes if within a second it gives a valid value or a named error
/// (<see cref="HkaFerException"/>), and all that it allocates is less than four times the input and the reader's stated limit. A fault of native
/// code ends the process, which no run survives unseen.
/// </summary>
public static class Fuzz
{
    /// <summary>The trait of all fuzzing tests: <c>./test --filter Category=Fuzz</c>.</summary>
    public const string Category = "Fuzz";

    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(1);

    /// <summary>Processor time after which a read will never come back.</summary>
    private static readonly TimeSpan s_hang = TimeSpan.FromSeconds(30);

    /// <summary>
    /// One that does nothing may wait for ever, or for a machine that is busy with other work: that has kept threads from the processor, and from the disk, for
    /// a minute.
    /// </summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromMinutes(15);

    /// <summary>Rounds of a test: the environment variable HKAFER_FUZZ, or 10,000.</summary>
    public static int Rounds { get; } = Number("HKAFER_FUZZ", 10_000);

    /// <summary>The first round: HKAFER_FUZZ_FROM, or 0; to run a failing round first.</summary>
    public static int First { get; } = Number("HKAFER_FUZZ_FROM", 0);

    /// <summary>A folder in memory where the system has one: a million small files are no work for a disk.</summary>
    public static Scratch Scratch() => new(inMemory: true);

    /// <summary>Runs a reader.</summary>
    /// <param name="limit">Bytes that the reader may allocate beyond four times its input.</param>
    /// <param name="seeds">Sound files; each must be read without error.</param>
    /// <param name="damage">How they are damaged.</param>
    /// <param name="read">Reads what it is given.</param>
    /// <param name="refused">The part of the rounds that must end in an error: a mutator that hits nothing would prove nothing.</param>
    /// <param name="hang">Processor time of a round after which it is said not to end; half a minute if not given.</param>
    public static void Run(
        long limit, IEnumerable<byte[]> seeds, Func<byte[], Rng, byte[]> damage, Action<byte[]> read, double refused = 0.1, TimeSpan? hang = null)
    {
        byte[][] sound = [.. seeds];
        Assert.NotEmpty(sound);
        // Also what is made once in a process (tables, pools, compiled code) is made here, and not charged to a round.
        foreach (byte[] seed in sound)
        {
            read(seed);
        }

        var run = new Runner(limit, sound, damage, read);
        var thread = new Thread(run.Go) { IsBackground = true, Name = "fuzz" };
        thread.Start();
        (long round, TimeSpan? before) = (0, null);
        while (!thread.Join(TimeSpan.FromSeconds(0.2)))
        {
            (long started, TimeSpan? now) = (run.Started, run.Worked);
            (round, before) = started == round ? (round, before ?? now) : (started, now);
            TimeSpan silence = Stopwatch.GetElapsedTime(started);
            Assert.False(
                now - before > (hang ?? s_hang) || silence > s_silence,
                $"round {run.Round} does not end: {(now - before)?.TotalSeconds:F1} s of work in {silence.TotalSeconds:F1} s\n{run.Input}");
        }

        Assert.True(run.Failure is null, run.Failure);
        Assert.InRange(run.Refused, (int)(refused * Rounds), Rounds);
        TestContext.Current.SendDiagnosticMessage(
            $"{TestContext.Current.Test?.TestDisplayName}: {Rounds:N0} rounds, {run.Refused:N0} refused, most beyond 4 x input {run.Most:N0} bytes, slowest {run.Slowest.TotalMilliseconds:F0} ms, {run.Total.TotalSeconds:F1} s");
        Note(run);
    }

    // HKAFER_FUZZ_LOG names a file that collects what docs/reliability.md states.
    private static void Note(Runner run)
    {
        if (Environment.GetEnvironmentVariable("HKAFER_FUZZ_LOG") is { Length: > 0 } log)
        {
            File.AppendAllText(log, FormattableString.Invariant(
                $"{TestContext.Current.Test?.TestDisplayName}\t{Rounds}\t{run.Refused}\t{run.Most}\t{run.Slowest.TotalMilliseconds:F1}\t{run.Total.TotalSeconds:F1}\n"));
        }
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : otherwise;

    /// <summary>The rounds, on a thread of their own so that one that hangs can be told.</summary>
    private sealed class Runner(long limit, byte[][] sound, Func<byte[], Rng, byte[]> damage, Action<byte[]> read)
    {
        private long _started = Stopwatch.GetTimestamp();
        private byte[] _input = [];
        private volatile ThreadTime? _time;

        public int Round { get; private set; }

        public int Refused { get; private set; }

        public long Most { get; private set; } = long.MinValue;

        public TimeSpan Slowest { get; private set; }

        public TimeSpan Total { get; private set; }

        public string? Failure { get; private set; }

        /// <summary>When the read under way began.</summary>
        public long Started => Volatile.Read(ref _started);

        /// <summary>Processor time of all rounds so far, or null where it is not known.</summary>
        public TimeSpan? Worked => _time?.Read();

        public string Input => $"{_input.Length} bytes: {Convert.ToBase64String(_input.AsSpan(0, Math.Min(_input.Length, 3000)))}";

        public void Go()
        {
            long begin = Stopwatch.GetTimestamp();
            _time = ThreadTime.OfCaller();
            for (Round = First; Round < First + Rounds && Failure is null; Round++)
            {
                _input = damage(sound[Round % sound.Length], new Rng((ulong)Round));
                (TimeSpan time, long beyond, bool refused) = Once();

                // A machine with other work may stop this thread for long, and some things are made once in a process, at the first damage of a kind: the
                // best of three is the reader's own, in processor time where that is known.
                for (int again = 0; again < 2 && (time > s_bound || beyond > limit) && Failure is null; again++)
                {
                    TimeSpan? before = Worked;
                    (TimeSpan nextTime, long nextBeyond, _) = Once();
                    nextTime = Worked - before is { } worked && worked < nextTime ? worked : nextTime;
                    (time, beyond) = (nextTime < time ? nextTime : time, Math.Min(beyond, nextBeyond));
                }

                Refused += refused ? 1 : 0;
                Slowest = time > Slowest ? time : Slowest;
                Most = Math.Max(Most, beyond);
                if (time > s_bound)
                {
                    Failure ??= $"round {Round}: took {time.TotalSeconds:F1} s\n{Input}";
                }

                if (beyond > limit)
                {
                    Failure ??= $"round {Round}: allocated {beyond:N0} bytes beyond four times the input; the limit is {limit:N0}\n{Input}";
                }
            }

            Total = Stopwatch.GetElapsedTime(begin);
        }

        private (TimeSpan Time, long Beyond, bool Refused) Once()
        {
            long allocated = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
            Volatile.Write(ref _started, start);
            Exception? error = null;
            try
            {
                read(_input);
            }
            catch (Exception e)
            {
                error = e;
            }

            TimeSpan time = Stopwatch.GetElapsedTime(start);
            long beyond = GC.GetAllocatedBytesForCurrentThread() - allocated - (4L * _input.Length);
            if (error is not (null or HkaFerException))
            {
                Failure = $"round {Round}: {error}\n{Input}";
            }
            else if (error is { Message.Length: 0 })
            {
                Failure = $"round {Round}: an error without a message\n{Input}";
            }

            return (time, beyond, error is not null);
        }
    }
}
