using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Training;

namespace HkaFer.Bench;

/// <summary>
/// The process's high-water mark, mapped pages included, after predicting, after training steps with activation checkpointing, and after plain ones: in this order, for it never falls.
/// </summary>
internal static class MemoryBench
{
    /// <summary>Steps after which the pools have settled.</summary>
    private const int Steps = 3;

    /// <summary>Checks, then measures.</summary>
    /// <param name="settings">The model and method; with <see cref="StepSettings.Checkpointing"/> the plain steps are left out.</param>
    /// <param name="told">Told what is under way.</param>
    /// <param name="cancel">Stops between steps.</param>
    /// <exception cref="HkaFerException">The size is no multiple of the patch.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static IEnumerable<BenchRow> Run(StepSettings settings, Action<string> told, CancellationToken cancel)
    {
        settings.CheckSize();
        told("checking");
        bool good = StepBench.AgreesWithReference(settings);
        string title = (settings with { Checkpointing = false }).Title;
        told("predicting");
        var model = new StepModel(settings, Device.Default);

        // As a model that is loaded to predict.
        model.Classifier.Backbone.PackFrozenLayers();
        model.Forward();
        var rows = new List<BenchRow> { new($"{title}: {settings.Method}, predicting", Machine.PeakMemoryBytes(), "bytes", null, good) };
        if (settings.Method == "none")
        {
            return rows;
        }

        if (settings.DType == DType.Float32)
        {
            model.Classifier.Backbone.UnpackFrozenLayers();
        }

        var optimizer = new Adam([.. model.Parameters], 1e-4, weightDecay: 1e-4);
        foreach (bool checkpointing in settings.Checkpointing ? [true] : new[] { true, false })
        {
            string what = checkpointing ? "training with activation checkpointing" : "training";
            told(what);
            model.Classifier.Backbone.ActivationCheckpointing = checkpointing;
            for (int i = 0; i < Steps; i++)
            {
                cancel.ThrowIfCancellationRequested();
                StepBench.Step(model, optimizer);
            }

            rows.Add(new BenchRow($"{title}: {settings.Method}, {what}", Machine.PeakMemoryBytes(), "bytes", null, good) { Bar = checkpointing ? null : Bar.Memory(settings) });
        }

        return rows;
    }
}
