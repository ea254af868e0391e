using System.Text.Json;
using HkaFer.Data;
using HkaFer.Testing;

namespace HkaFer.Training.Tests.Experiments;

public sealed class PictureScoreTests(PictureScoreTests.Runs runs) : IClassFixture<PictureScoreTests.Runs>
{
    [Fact]
    public void Score_on_the_runs_own_split_is_what_the_run_reports()
    {
        ImageDataset test = DataSource.Parse(TinyRecipe.Least.Data.Test!).Open("test");
        ScoreRecord score = new PictureScore(runs.Seven, "own", "own", test, runs.Labels).Compute(runs.SevenFolder, null, default);
        JsonElement reported = new RunFolder(runs.SevenFolder).ReadSummary().GetProperty("test");
        Assert.Equal(reported.GetProperty("accuracy").GetDouble(), score.Measures[ScoreRecord.Accuracy]);
        Assert.Equal(reported.GetProperty("macro_f1").GetDouble(), score.Measures[ScoreRecord.MacroF1]);
        Assert.Empty(score.Notes);
        Assert.Equal(test.Count * score.Measures[ScoreRecord.Accuracy], score.Pictures.Count(p => p.IsRight), 9);
    }

    [Fact]
    public void Class_that_the_model_has_not_learnt_is_left_out_and_told()
    {
        using var scratch = new Scratch(inMemory: true);
        ImageDataset eight = DataSource.Parse($"ferplus:{new DatasetTrees(scratch).FerPlus()}").Open("test");
        var planned = new PictureScore(runs.Seven, "cross", "cross", eight, runs.Labels);
        ScoreRecord score = planned.Compute(runs.SevenFolder, null, default);
        Assert.Equal(14, score.Pictures.Count);
        Assert.Equal("2 pictures of contempt are left out, which the model has not learnt", Assert.Single(score.Notes));
        Assert.True(planned.Fits(score));
        Assert.False(planned.Fits(score with { Pictures = [.. score.Pictures.Reverse()] }));
    }

    [Fact]
    public void Class_that_the_pictures_lack_is_never_the_answer_and_told()
    {
        using var scratch = new Scratch(inMemory: true);
        var three = new ThreeClasses(DataSource.Parse("faces:?seed=6&count=28&size=32").Open("test"));
        ScoreRecord score = new PictureScore(runs.Seven, "few", "few", three, runs.Labels).Compute(runs.SevenFolder, null, default);
        Assert.All(score.Pictures, picture => Assert.Contains(picture.Label!, three.Classes));
        Assert.Contains("cannot be answered, as these pictures have no such class", Assert.Single(score.Notes));

        string file = scratch["score.json"];
        score.Save(file);
        ScoreRecord read = ScoreRecord.Read(file)!;
        Assert.Equal(score.Pictures, read.Pictures);
        Assert.Equal(score.Measures, read.Measures);
        Assert.Equal(score.Notes, read.Notes);
    }

    /// <summary>Pictures of three classes, under numbers of their own.</summary>
    private sealed class ThreeClasses : ImageDataset
    {
        private readonly ImageDataset _inner;
        private readonly int[] _kept;

        public ThreeClasses(ImageDataset inner)
            : base("three", "test", ["fear", "neutral", "anger"]) =>
            (_inner, _kept) = (inner, [.. Enumerable.Range(0, inner.Count).Where(i => Classes.Contains(inner.Classes[inner[i].Label]))]);

        public override int Count => _kept.Length;

        public override Sample this[int index]
        {
            get
            {
                Sample sample = _inner[_kept[index]];
                return sample with { Label = Array.IndexOf([.. Classes], _inner.Classes[sample.Label]) };
            }
        }

        public override Image Load(int index) => _inner.Load(_kept[index]);

        public override byte[] Source(int index) => _inner.Source(_kept[index]);
    }

    /// <summary>A trained model of seven classes.</summary>
    public sealed class Runs : IDisposable
    {
        private readonly Scratch _scratch = new(inMemory: true);

        public Runs()
        {
            Seven = new RecipeRun("seven", TinyRecipe.Least, null, new RunIdentity());
            Assert.True(Seven.Execute(SevenFolder, run => run.Name, null, default));
            Assert.Equal(RunState.Done, Seven.Standing(SevenFolder).State);
        }

        internal RecipeRun Seven { get; }

        public string SevenFolder => _scratch["seven"];

        public IReadOnlyList<string> Labels => [.. Expressions.Names.Take(7)];

        public void Dispose() => _scratch.Dispose();
    }
}
