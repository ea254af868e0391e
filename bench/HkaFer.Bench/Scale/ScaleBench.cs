using System.Diagnostics;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Tensors.Kernels;
using HkaFer.Training;

namespace HkaFer.Bench;

/// <summary>
/// What a HeKA training step costs against the count of its operations, one size varied at a time from ViT-S/14 at 224 pixels, batch 4, in four blocks. Equal
/// work should take equal time whatever shape it has.
/// </summary>
internal static class ScaleBench
{
    private const int Depth = 4, HeadWidth = 64;

    private static readonly int[]
        s_batches = [1, 2, 4, 8, 16, 32], s_sides = [8, 16, 24, 37], s_widths = [192, 384, 768, 1024], s_adapters = [1, 2, 4, 9];

    /// <summary>Measures all of them; each is checked against the reference device on a small instance first.</summary>
    /// <param name="steps">Steps, the best of which counts, since other work on the machine only ever adds to a time.</param>
    /// <param name="report">Told of each row as it is measured.</param>
    /// <param name="cancel">Stops.</param>
    public static IReadOnlyList<ScaleRow> Run(int steps, Action<ScaleRow> report, CancellationToken cancel)
    {
        var rows = new List<ScaleRow>();
        var agrees = new Dictionary<StepSettings, bool>();
        void Add(string along, int value, StepSettings settings, Device device)
        {
            // Shapes that differ in batch, tokens or threads alone have the same small instance, which the reference device takes many seconds for.
            StepSettings small = StepBench.Small(settings);
            if (!agrees.TryGetValue(small, out bool good))
            {
                agrees[small] = good = StepBench.AgreesWithReference(settings);
            }

            rows.Add(Measure(along, value, settings, device, steps, good, cancel));
            report(rows[^1]);
        }

        foreach (int batch in s_batches) { Add("batch", batch, Settings() with { Batch = batch }, Device.Default); }
        foreach (int side in s_sides) { Add("tokens", (side * side) + 1, Settings(side: side), Device.Default); }
        foreach (int width in s_widths) { Add("width", width, Settings(width: width), Device.Default); }
        foreach (int n in s_adapters) { Add("adapters", n, Settings() with { Adapters = n }, Device.Default); }
        foreach (int threads in new[] { 1, Engine.Threads }.Distinct())
        {
            using var workers = new Workers(threads);
            Add("threads", threads, Settings(), new CpuDevice(workers: workers));
        }

        return rows;
    }

    /// <summary>The spread of time for equal work over batch, tokens and width, and the gain of the second thread.</summary>
    public static IReadOnlyList<BenchRow> Bars(IReadOnlyList<ScaleRow> rows)
    {
        ScaleRow[] shapes = [.. rows.Where(row => row.Along is "batch" or "tokens" or "width")];
        bool good = rows.All(row => row.Checked);
        BenchRow spread = new("seconds for equal work: most over least", shapes.Max(row => row.Rate) / shapes.Min(row => row.Rate), "times", null, good)
        {
            Bar = Bar.Spread,
        };
        ScaleRow[] threads = [.. rows.Where(row => row.Along == "threads")];
        return threads is [{ Value: 1 } one, { Value: 2 } two]
            ? [spread, new BenchRow("two threads beside one", one.Seconds / two.Seconds, "times", null, good) { Bar = Bar.TwoThreads }]
            : [spread];
    }

    private static StepSettings Settings(int side = 16, int width = 384)
    {
        var config = new VitConfig { Width = width, Depth = Depth, Heads = width / HeadWidth };
        return new StepSettings("vit", config with { ImageSize = side * config.Patch }, "heka") { Size = side * config.Patch };
    }

    private static ScaleRow Measure(string along, int value, StepSettings settings, Device device, int steps, bool good, CancellationToken cancel)
    {
        var model = new StepModel(settings, device);
        var optimizer = new Adam([.. model.Parameters], 1e-4, weightDecay: 1e-4);
        double best = double.PositiveInfinity;
        for (int i = -1; i < steps; i++)
        {
            cancel.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            StepBench.Step(model, optimizer);

            // The first compiles and fills the pools.
            best = i < 0 ? best : Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return new ScaleRow(along, value, StepWork.Of(settings), best, good);
    }
}
