namespace HkaFer.Training.Tests.Experiments;

/// <summary>A run that trains nothing: it leaves a file when it is done, and does what a test tells it to.</summary>
internal sealed class FakeRun(string name, Action<FakeRun, CancellationToken>? work = null, params PlannedRun[] needs) : PlannedRun(name)
{
    private const string Done = "done";

    /// <summary>How often it was begun or went on.</summary>
    internal int Executed { get; private set; }

    public override IReadOnlyList<PlannedRun> Needs => needs;

    public override long? Trainable => 7;

    public override string Description => Name;

    public override RunStanding Standing(string folder) => new(File.Exists(Path.Combine(folder, Done)) ? RunState.Done : RunState.New, 7, 2);

    public override bool Execute(string folder, Func<PlannedRun, string> place, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        Executed++;
        work?.Invoke(this, cancel);
        if (cancel.IsCancellationRequested)
        {
            return false;
        }

        Assert.All(Needs, needed => Assert.True(File.Exists(Path.Combine(place(needed), Done))));
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, Done), Name);
        return true;
    }

    /// <summary>A score of it: right on the pictures of these numbers, of four.</summary>
    internal FakeScore Score(params int[] right) => new(this, right);

    internal sealed class FakeScore(FakeRun run, int[] right) : PlannedScore(run, "score")
    {
        internal int Computed { get; private set; }

        public override string Description => "four pictures";

        public override bool Fits(ScoreRecord kept) => kept.Pictures.Count == 4;

        public override ScoreRecord Compute(string folder, IProgress<(int Done, int All)>? progress, CancellationToken cancel)
        {
            Computed++;
            return new ScoreRecord
            {
                Data = Description,
                Measures = new Dictionary<string, double> { [ScoreRecord.Accuracy] = right.Length / 4.0 },
                Pictures = [.. Enumerable.Range(0, 4).Select(i => new ScoredPicture($"{i}.png", "fear", right.Contains(i) ? "fear" : null))],
            };
        }
    }
}
