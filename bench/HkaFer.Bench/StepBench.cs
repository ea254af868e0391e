using System.Diagnostics;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Training;

namespace HkaFer.Bench;

/// <summary>
/// A whole training step (forward, backward, Adam) and the frozen forward, after both have been checked on a small instance of the same
/// architecture against the reference device.
/// </summary>
internal static class StepBench
{
    /// <summary>
    /// Of the largest value. Both compute from the same float32 weights, one in float32 and one in float64: a sum of some thousand rounded
    /// products is wrong by about 1e-6 of its size, and a few blocks add up to ten times that.
    /// </summary>
    private const double Tolerance = 1e-4;

    /// <summary>What bfloat16 may change: logits by this much of the largest, gradients no further than this cosine from those of float32.</summary>
    private const double NarrowTolerance = 0.03, NarrowCosine = 0.99;

    /// <summary>How the names of rows end.</summary>
    internal const string Frozen = "frozen forward", Adapted = "adapted forward", Training = "training step";

    /// <summary>The high-water mark of the process after the passes without gradients, and after the training steps.</summary>
    internal const string ForwardPeak = "peak memory of the process, forward", Peak = "peak memory of the process";

    /// <summary>Checks, then measures.</summary>
    /// <exception cref="HkaFerException">The size is no multiple of the patch.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static IEnumerable<BenchRow> Run(StepSettings settings, CancellationToken cancel)
    {
        settings.CheckSize();
        bool good = AgreesWithReference(settings);
        string name = settings.Title;
        var model = new StepModel(settings, Device.Default);

        // As a model that is loaded to predict; training in float32 leaves the memory to its activations.
        model.Classifier.Backbone.PackFrozenLayers();
        (double forward, double bytes) = Time(settings.Steps, () => model.FrozenForward(), cancel);
        var rows = new List<BenchRow>();
        rows.AddRange(Rows($"{name}: {Frozen}", settings.Batch, forward, bytes, good));
        double? trained = null;
        if (settings.Adapter is not null)
        {
            (forward, bytes) = Time(settings.Steps, () => model.Forward(), cancel);
            rows.AddRange(Rows($"{name}: {settings.Method} {Adapted}", settings.Batch, forward, bytes, good));
        }

        rows.Add(new BenchRow(ForwardPeak, Machine.PeakMemoryBytes(), "bytes", null, good));
        if (settings.DType == DType.Float32)
        {
            model.Classifier.Backbone.UnpackFrozenLayers();
        }

        if (settings.Method != "none")
        {
            string training = $"{name}: {settings.Method} {Training}";
            (trained, bytes) = TimeTraining(settings, model, cancel);
            BenchRow[] step = Rows(training, settings.Batch, trained.Value, bytes, good);
            rows.AddRange(step[0], step[1] with { Reference = settings.PeerRate, Bar = Bar.Peer(settings) }, step[2] with { Bar = Bar.Allocation });
        }

        // Before anything else is measured: the process never holds less again.
        rows.Add(new BenchRow(Peak, Machine.PeakMemoryBytes(), "bytes", null, good) { Bar = Bar.Memory(settings) });
        if (trained is { } heka && !settings.Alone && Bar.ComparesWithLora(settings))
        {
            StepSettings lora = settings with { Method = "lora" };
            (double peer, _) = TimeTraining(lora, new StepModel(lora, Device.Default), cancel);
            rows.Add(new BenchRow($"{name}: heka training step beside lora", heka, "ms", peer, good && AgreesWithReference(lora)) { Bar = Bar.OverLora });
        }

        return rows;
    }

    /// <summary>The instance that is compared: the same blocks, fewer of them, over as few patches as take the same kernels.</summary>
    internal static StepSettings Small(StepSettings settings) => settings with
    {
        Config = settings.Config with { Depth = Math.Min(2, settings.Config.Depth), ImageSize = 8 * settings.Config.Patch },
        Size = 7 * settings.Config.Patch,

        // One: what the reference device holds in float64 counts in the process's high-water mark.
        Batch = 1,
    };

    /// <summary>Compares logits and all gradients of a <see cref="Small"/> instance.</summary>
    public static bool AgreesWithReference(StepSettings settings)
    {
        StepSettings small = Small(settings);
        bool narrow = settings.DType != DType.Float32;
        StepModel ours = new(small, Device.Default), reference = new(small with { DType = DType.Float32 }, Device.Reference);
        if (!Near(ours.Forward(), reference.Forward(), narrow ? NarrowTolerance : Tolerance))
        {
            return false;
        }

        using IDisposable step = Tape.Step();
        ours.Backward();
        reference.Backward();
        (float[] Ours, float[] Reference)[] gradients = [.. ours.Parameters.Zip(reference.Parameters)
            .Where(p => p.First.Trainable).Select(p => (p.First.Value.Grad!.ToFloats(), p.Second.Value.Grad!.ToFloats()))];

        if (narrow)
        {
            return Cosine(gradients.SelectMany(g => g.Ours), gradients.SelectMany(g => g.Reference)) >= NarrowCosine;
        }

        // A gradient that is rounding noise has no size of its own to be measured by.
        double floor = gradients.Max(g => g.Reference.Max(Math.Abs)) * 0.01;
        return gradients.All(g => Near(g.Ours, g.Reference, Tolerance, floor));
    }

    /// <summary>Forward, backward, update.</summary>
    internal static void Step(StepModel model, Optimizer optimizer)
    {
        using IDisposable step = Tape.Step();
        model.Backward();
        optimizer.Step();
        optimizer.ZeroGrad();
    }

    private static (double Milliseconds, double Bytes) TimeTraining(StepSettings settings, StepModel model, CancellationToken cancel)
    {
        var optimizer = new Adam([.. model.Parameters], 1e-4, weightDecay: 1e-4);
        return Time(settings.Steps, () => Step(model, optimizer), cancel);
    }

    /// <summary>Median time, and managed memory allocated each time.</summary>
    internal static (double Milliseconds, double Bytes) Time(int steps, Action work, CancellationToken cancel)
    {
        // Twice: the first compiles and fills the pools, the second settles them.
        work();
        work();
        var milliseconds = new double[steps];
        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < steps; i++)
        {
            cancel.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            work();
            milliseconds[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        double allocated = (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / steps;
        Array.Sort(milliseconds);
        return ((milliseconds[(steps - 1) / 2] + milliseconds[steps / 2]) / 2, allocated);
    }

    private static BenchRow[] Rows(string name, int batch, double milliseconds, double bytes, bool good) =>
    [
        new BenchRow(name, milliseconds, "ms", null, good),
        new BenchRow(name, batch * 1000 / milliseconds, "images/s", null, good),
        new BenchRow($"{name}, managed memory allocated each time", bytes, "bytes", null, good),
    ];

    private static bool Near(float[] ours, float[] reference, double tolerance, double floor = 0)
    {
        double scale = Math.Max(floor, reference.Max(Math.Abs));
        return ours.Zip(reference).All(p => Math.Abs((double)p.First - p.Second) <= tolerance * scale);
    }

    private static double Cosine(IEnumerable<float> a, IEnumerable<float> b)
    {
        double dot = 0, squares = 0, others = 0;
        foreach ((float x, float y) in a.Zip(b))
        {
            dot += (double)x * y;
            squares += (double)x * x;
            others += (double)y * y;
        }

        return dot / Math.Sqrt(squares * others);
    }
}
