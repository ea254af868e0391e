using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Bench;

/// <summary>What who predicts waits for: one picture alone, and pictures a second of a batch; frozen and with the adapter, checked against the reference first.</summary>
internal static class InferBench
{
    /// <summary>Checks, then measures.</summary>
    /// <param name="settings">The model; its batch is that of the throughput.</param>
    /// <param name="told">Told what is under way.</param>
    /// <param name="cancel">Stops between passes.</param>
    /// <exception cref="HkaFerException">The size is no multiple of the patch.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static IEnumerable<BenchRow> Run(StepSettings settings, Action<string> told, CancellationToken cancel)
    {
        settings.CheckSize();
        told("checking");
        bool good = StepBench.AgreesWithReference(settings);
        var rows = new List<BenchRow>();
        foreach (int batch in new[] { 1, settings.Batch }.Distinct())
        {
            told($"batch {batch}");
            StepSettings of = settings with { Batch = batch };
            var model = new StepModel(of, Device.Default);
            model.Classifier.Backbone.PackFrozenLayers();
            Add(StepBench.Frozen, () => model.FrozenForward());
            if (settings.Adapter is not null)
            {
                Add($"{settings.Method} {StepBench.Adapted}", () => model.Forward());
            }

            void Add(string what, Action pass)
            {
                (double milliseconds, _) = StepBench.Time(settings.Steps, pass, cancel);
                rows.Add(batch == 1
                    ? new BenchRow($"{of.Title}: {what}", milliseconds, "ms", null, good)
                    : new BenchRow($"{of.Title}: {what}", batch * 1000 / milliseconds, "images/s", null, good));
            }
        }

        return rows;
    }
}
