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

    /// <summary>Checks, then measures.</summary>
    /// <exception cref="HkaFerException">The size is no multiple of the patch.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static IEnumerable<BenchRow> Run(StepSettings settings, CancellationToken cancel)
    {
        int patch = settings.Config.Patch;
        if (settings.Size % patch != 0)
        {
            throw new HkaFerException(
                $"bench: size {settings.Size} is not a multiple of the patch {patch}; take {Math.Max(1, settings.Size / patch) * patch}");
        }

        bool good = AgreesWithReference(settings);
        string name = $"{settings.Name} {settings.Size} px, batch {settings.Batch}";
        var model = new StepModel(settings, Device.Default);
        var rows = new List<BenchRow>();
        rows.AddRange(Time($"{name}: frozen forward", settings, () => model.FrozenForward(), good, cancel));
        if (settings.Method != "none")
        {
            var optimizer = new Adam([.. model.Parameters], 1e-4, weightDecay: 1e-4);
            rows.AddRange(Time($"{name}: {settings.Method} training step", settings, () => Step(model, optimizer), good, cancel));
        }

        rows.Add(new BenchRow("peak memory of the process", Machine.PeakMemoryBytes(), "bytes", null, good));
        return rows;
    }

    /// <summary>Compares logits and all gradients of a small instance: the same blocks, fewer of them, over fewer patches.</summary>
    public static bool AgreesWithReference(StepSettings settings)
    {
        VitConfig config = settings.Config;
        StepSettings small = settings with
        {
            Config = config with { Depth = Math.Min(2, config.Depth), ImageSize = 4 * config.Patch },
            Size = 3 * config.Patch,
            Batch = 2,
        };
        StepModel ours = new(small, Device.Default), reference = new(small, Device.Reference);
        if (!Near(ours.Forward(), reference.Forward()))
        {
            return false;
        }

        using IDisposable step = Tape.Step();
        ours.Backward();
        reference.Backward();
        (float[] Ours, float[] Reference)[] gradients = [.. ours.Parameters.Zip(reference.Parameters)
            .Where(p => p.First.Trainable).Select(p => (p.First.Value.Grad!.ToFloats(), p.Second.Value.Grad!.ToFloats()))];

        // A gradient that is rounding noise has no size of its own to be measured by.
        double floor = gradients.Max(g => g.Reference.Max(Math.Abs)) * 0.01;
        return gradients.All(g => Near(g.Ours, g.Reference, floor));
    }

    private static void Step(StepModel model, Optimizer optimizer)
    {
        using IDisposable step = Tape.Step();
        model.Backward();
        optimizer.Step();
        optimizer.ZeroGrad();
    }

    private static IEnumerable<BenchRow> Time(string name, StepSettings settings, Action work, bool good, CancellationToken cancel)
    {
        // Twice: the first compiles and fills the pools, the second settles them.
        work();
        work();
        var milliseconds = new double[settings.Steps];
        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < settings.Steps; i++)
        {
            cancel.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            work();
            milliseconds[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        double allocated = (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / settings.Steps;
        Array.Sort(milliseconds);
        double median = (milliseconds[(settings.Steps - 1) / 2] + milliseconds[settings.Steps / 2]) / 2;
        return
        [
            new BenchRow(name, median, "ms", null, good),
            new BenchRow(name, settings.Batch * 1000 / median, "images/s", null, good),
            new BenchRow($"{name}, managed memory allocated each time", allocated, "bytes", null, good),
        ];
    }

    private static bool Near(float[] ours, float[] reference, double floor = 0)
    {
        double scale = Math.Max(floor, reference.Max(Math.Abs));
        return ours.Zip(reference).All(p => Math.Abs((double)p.First - p.Second) <= Tolerance * scale);
    }
}
