using System.Reflection;
using System.Text.Json;
using HkaFer.Tensors;

namespace HkaFer.Bench;

/// <summary>
/// Whole passes beside the peers: every case runs in a process of each program, one after the other. Ours checks its result against the reference device
/// before it times anything. Frozen passes, which are short and differ by little, go several rounds, and so do our own steps in bfloat16 and in float32, in turns; of
/// each side the round in the middle counts: a machine that is shared changes its speed by more than that from one minute to the next.
/// </summary>
internal static class CompareBench
{
    /// <summary>Rounds of a frozen pass, and how many times as many passes as others each has.</summary>
    private const int Rounds = 3, Passes = 4;

    /// <summary>Measures the cases.</summary>
    /// <param name="cases">What to run.</param>
    /// <param name="steps">Passes whose median counts, on each side.</param>
    /// <param name="report">Told what is being run.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="HkaFerException">Our own side failed.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static IReadOnlyList<CompareRow> Run(IEnumerable<CompareCase> cases, int steps, Action<string> report, CancellationToken cancel)
    {
        int threads = Engine.Threads;
        using var peers = new Peers(cancel);
        var rows = new List<CompareRow>();
        foreach (CompareCase c in cases)
        {
            string what = $"{c.Name}, {c.Method}, {c.DType.Name()}";
            bool frozen = c.Method == "none", narrow = Bar.Narrow(Settings(c)) is not null;
            int passes = frozen ? steps * Passes : steps;
            List<Side> ours = [], wide = [], torch = [], onnx = [];
            for (int round = 0; round < (frozen || narrow ? Rounds : 1); round++)
            {
                report($"{what}: ours");
                ours.Add(Ours(c, passes, threads, cancel));
                if (narrow)
                {
                    report($"{what}: ours in float32");
                    wide.Add(Ours(c with { DType = DType.Float32 }, passes, threads, cancel));
                }

                if (frozen || round == 0)
                {
                    report($"{what}: PyTorch");
                    torch.Add(peers.Torch(c, passes, threads, cancel));
                    report($"{what}: ONNX Runtime");
                    onnx.Add(peers.Onnx(c, passes, threads, cancel));
                }
            }

            var row = new CompareRow(c, false, Side.Middle(ours), Side.Middle(torch), Side.Middle(onnx)) { Wide = narrow ? Side.Middle(wide) : null };
            rows.Add(row);
            if (!frozen)
            {
                rows.Add(row with { Trains = true });
            }
        }

        return rows;
    }

    /// <summary>What the comparison is to reach.</summary>
    public static IEnumerable<BenchRow> Bars(IReadOnlyList<CompareRow> rows)
    {
        foreach (CompareRow row in rows)
        {
            (CompareCase c, string name) = (row.Case, $"{row.Case.Name}, {row.Case.Method}, {row.Case.DType.Name()}");
            StepSettings settings = Settings(c);
            if (row.Trains && Bar.Memory(settings) is { } memory && row.Memory(row.Ours) is { } bytes)
            {
                yield return new BenchRow($"{name}: peak memory", bytes, "bytes", row.Memory(row.Torch), true) { Bar = memory };
            }

            if (row.Rate(row.Ours) is not { } rate)
            {
                continue;
            }

            if (row.Trains && Bar.Peer(settings) is { } torch)
            {
                yield return new BenchRow($"{name}: training step beside PyTorch", rate, "images/s", row.Rate(row.Torch), true) { Bar = torch };
            }

            if (!row.Trains && Bar.Onnx(settings) is { } onnx)
            {
                yield return new BenchRow($"{name}: forward beside ONNX Runtime", rate, "images/s", row.Rate(row.Onnx), true) { Bar = onnx };
            }

            if (row.Trains && Bar.Narrow(settings) is { } narrow)
            {
                double? wide = row.Wide is { } side ? row.Rate(side) : null;
                yield return new BenchRow($"{name}: training step beside float32", rate, "images/s", wide, true) { Bar = narrow };
            }
        }
    }

    private static StepSettings Settings(CompareCase c) => new(c.Name, c.Config, c.Method) { DType = c.DType };

    private static Side Ours(CompareCase c, int steps, int threads, CancellationToken cancel)
    {
        string program = Environment.ProcessPath!;
        string[] host = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Assembly.GetEntryAssembly()!.Location] : [];
        (JsonElement? json, string? why) = ChildRun.Start(
            program,
            [
                .. host, "bench", "step", "--json", "--arch", c.Name, "--method", c.Method, "--dtype", c.DType.Name(),
                "--batch", $"{CompareCase.Batch}", "--size", $"{CompareCase.Size}", "--steps", $"{steps}", "--alone",
            ],
            threads, cancel);
        if (json is not { } rows)
        {
            throw new HkaFerException($"bench compare: {c.Name}, {c.Method}: our own run failed: {why}");
        }

        double? Value(string ending, string unit) => rows.EnumerateArray()
            .Where(row => row.GetProperty("unit").GetString() == unit && row.GetProperty("name").GetString()!.EndsWith(ending, StringComparison.Ordinal))
            .Select(row => (double?)row.GetProperty("value").GetDouble()).FirstOrDefault();
        return new Side(
            Value(c.Method == "none" ? StepBench.Frozen : StepBench.Adapted, "images/s"), Value(StepBench.ForwardPeak, "bytes"),
            Value(StepBench.Training, "images/s"), c.Method == "none" ? null : Value(StepBench.Peak, "bytes"), null);
    }
}
