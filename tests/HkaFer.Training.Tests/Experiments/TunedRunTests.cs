using HkaFer.Adapters;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

/// <summary>A training at the learning rate that shorter ones chose.</summary>
public sealed class TunedRunTests : IDisposable
{
    // With the decay below, every step multiplies the weights by a million.
    private const double Diverging = 1000;

    private readonly Scratch _scratch = new(inMemory: true);
    private readonly RunIdentity _identity = new();

    [Fact]
    public void Rate_is_that_of_the_best_trial_and_a_trial_that_diverges_is_done_and_not_chosen()
    {
        TrialRun[] trials = [Trial(Diverging), Trial(1e-4)];
        Assert.All(trials, trial => Assert.True(trial.Execute(Place(trial), Place, null, default)));
        Assert.All(trials, trial => Assert.Equal(RunState.Done, trial.Standing(Place(trial)).State));
        Assert.Null(TrialRun.Accuracy(Place(trials[0])));
        Assert.InRange(TrialRun.Accuracy(Place(trials[1]))!.Value, 0, 1);

        TunedRun run = Tuned(trials);
        Assert.True(run.Execute(Place(run), Place, null, default));
        Assert.Equal(1e-4, Recipe.Load(new RunFolder(Place(run)).Recipe).Optimizer.LearningRate);
        Assert.Equal(["lora at the learning rate 0.0001"], run.Notes(Place(run)));
        run.CheckDone(Place(run), Place);

        // Trials that were taken away and done again with another outcome: the run is no longer what it says.
        string message = Assert.Throws<HkaFerException>(() => run.CheckDone(Place(run), other => Place(trials.Single(t => t.Rate != ((TrialRun)other).Rate)))).Message;
        Assert.Contains("was done at the learning rate 0.0001, and the trials now say 1000", message);
    }

    [Fact]
    public void Best_accuracy_decides_and_of_equals_the_lowest_rate()
    {
        Assert.Equal(3e-3, TunedRun.BestOf([(1e-3, 0.5), (3e-3, 0.75), (1e-2, 0.625)]));
        Assert.Equal(1e-2, TunedRun.BestOf([(1e-3, 0.5), (3e-3, null), (1e-2, 0.625)]));
        Assert.Equal(1e-3, TunedRun.BestOf([(1e-2, 0.5), (1e-3, 0.5), (3e-3, 0.25)]));
    }

    [Fact]
    public void Rates_at_which_all_diverges_are_named()
    {
        TrialRun[] trials = [Trial(Diverging)];
        Assert.True(trials[0].Execute(Place(trials[0]), Place, null, default));
        string message = Assert.Throws<HkaFerException>(() => Tuned(trials).Execute(_scratch["tuned"], Place, null, default)).Message;
        Assert.Contains("training diverges at each of the rates 1000; give lower ones", message);
    }

    [Fact]
    public void Trial_learns_from_nothing_that_the_run_reports_and_not_from_what_scores_it()
    {
        // A source with all three splits, of which the run is scored on one and reports another.
        Recipe settings = Settings with { Data = new DataSettings { Train = "faces:?seed=5&count=60", Valid = "valid", Test = "test", Pictures = 40 } }, trial = TrialRun.Of(settings, 1e-2);
        RunData data = RunData.Open(trial.Data), whole = RunData.Open(settings.Data);
        Assert.NotNull(whole.Test);
        Assert.Null(data.Test);
        Assert.Equal((0.1, null, null), (trial.Data.HeldOut, trial.Data.Valid, trial.Data.Test));
        Assert.Equal(whole.Train.Count, data.Train.Count + data.Valid!.Count);
        Assert.Equal(
            Enumerable.Range(0, whole.Train.Count).Select(i => whole.Train[i].Path).Order(),
            Enumerable.Range(0, data.Train.Count).Select(i => data.Train[i].Path).Concat(Enumerable.Range(0, data.Valid.Count).Select(i => data.Valid[i].Path)).Order());
    }

    public void Dispose() => _scratch.Dispose();

    private Recipe Settings => Faces.Recipe(_scratch, 21) with { Method = new LoRA { Rank = 2 }, Optimizer = new SgdSettings { WeightDecay = 1000 } };

    private TrialRun Trial(double rate) => new($"trial{rate}", TrialRun.Of(Settings, rate), null, _identity);

    private TunedRun Tuned(TrialRun[] trials) => new("tuned", "lora", Settings, trials, null, _identity);

    private string Place(PlannedRun run) => _scratch[run.Name];
}
