using HkaFer.Testing;
using Microsoft.Extensions.Logging;

namespace HkaFer.Training.Tests;

/// <summary>What a run tells those who wait for it.</summary>
public sealed class RunReportingTests
{
    [Fact]
    public void Progress_is_told_on_the_calling_thread_in_order_and_epochs_are_logged()
    {
        using var scratch = new Scratch();
        var told = new List<(TrainingProgress Progress, int Thread)>();
        var log = new ListLogger();
        TrainingRun.Execute(
            TinyRecipe.Full, scratch.Folder, progress: new DirectProgress<TrainingProgress>(p => told.Add((p, Environment.CurrentManagedThreadId))), log: log);

        Assert.All(told, t => Assert.Equal(Environment.CurrentManagedThreadId, t.Thread));
        Assert.Equal([1, 2, 3], told.Where(t => t.Progress.Phase == "scored").Select(t => t.Progress.Epoch));
        (int, int)[] training = [.. told.Where(t => t.Progress.Phase != "evaluate").Select(t => (t.Progress.Epoch, t.Progress.Step))];
        Assert.Equal(training.Order(), training);
        Assert.All(log.Lines, line => Assert.Equal(LogLevel.Information, line.Level));
        Assert.Equal(5, log.Lines.Count);
        Assert.StartsWith($"run {scratch.Folder}: full, 42 pictures", log.Lines[0].Text);
        Assert.All(log.Lines[1..4].Index(), line => Assert.StartsWith($"epoch {line.Index + 1} of 3: loss ", line.Item.Text));
        Assert.StartsWith($"run {scratch.Folder}: 3 epochs done", log.Lines[4].Text);
    }

    [Fact]
    public void Scoring_tells_how_many_pictures_are_done_in_epochs_and_at_the_end()
    {
        using var scratch = new Scratch();
        var told = new List<TrainingProgress>();
        TrainingRun.Execute(
            TinyRecipe.Least.With("data.valid=faces:?seed=4&count=8&size=32"), scratch["run"], progress: new DirectProgress<TrainingProgress>(told.Add));

        // Each is told of its last picture, and of others as often as people can read.
        (int, int, int)[] scoring = [.. told.Where(p => p.Phase == "evaluate").Select(p => (p.Epoch, p.Step, p.Steps))];
        Assert.Equal([(1, 8, 8), (2, 8, 8), (2, 7, 7)], scoring.Where(p => p.Item2 == p.Item3));
    }

    [Fact]
    public void Interruption_is_a_warning()
    {
        using var scratch = new Scratch();
        var log = new ListLogger();
        RunResult run = TrainingRun.Execute(TinyRecipe.Full, scratch.Folder, log: log, cancel: new CancellationToken(canceled: true));
        Assert.True(run.Interrupted);
        Assert.Contains("can be resumed", Assert.Single(log.Lines, line => line.Level == LogLevel.Warning).Text);
    }

    private sealed class ListLogger : ILogger
    {
        public List<(LogLevel Level, string Text)> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel level, EventId id, TState state, Exception? e, Func<TState, Exception?, string> format) =>
            Lines.Add((level, format(state, e)));
    }
}
