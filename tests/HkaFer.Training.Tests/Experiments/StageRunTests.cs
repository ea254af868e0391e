using HkaFer.Data;
using HkaFer.Testing;

namespace HkaFer.Training.Tests.Experiments;

/// <summary>The stages of a vision-language model as runs of an experiment, with some thousand random weights.</summary>
public sealed class StageRunTests : IDisposable
{
    private readonly Scratch _scratch = new(inMemory: true);
    private readonly AnswerRecipe _recipe;

    public StageRunTests() => _recipe = new AnswerRecipe
    {
        Backbone = TinyQwen.Checkpoint(_scratch),
        Prompt = "minimal",
        Decode = AnswerDecoding.Score,
        Preprocessing = new AnswerPictures { MaxPixels = 256 },
        Training = new AnswerTraining { Accumulate = 4 },
        Basic = new BasicStage { Rank = 2, Epochs = 2, LearningRate = 0.01, Data = new AnswerData { Train = ["faces:?count=7&size=16"] } },
        Compound = new CompoundStage { Rank = 2, Epochs = 2, LearningRate = 0.01, Data = new AnswerData { Train = ["faces:?count=11&size=16&classes=compound"] } },
    };

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(AdapterJoin.Merge)]
    [InlineData(AdapterJoin.Stack)]
    public void Stages_apart_that_were_stopped_are_the_whole_run_to_the_bit(AdapterJoin join)
    {
        AnswerRecipe recipe = _recipe with { Join = join };
        AnswerRun.Execute(recipe, _scratch["whole"]);
        (StageRun first, StageRun second) = Runs(recipe);
        foreach (StageRun run in (StageRun[])[first, second])
        {
            using var stop = new CancellationTokenSource();
            Assert.False(run.Execute(_scratch[run.Name], Place, new DirectProgress<TrainingProgress>(p => { if (p.Phase == "scored") { stop.Cancel(); } }), stop.Token));
            Assert.Equal(RunState.Begun, run.Standing(_scratch[run.Name]).State);
            Assert.True(run.Execute(_scratch[run.Name], Place, null, default));
            Assert.Equal((RunState.Done, (long?)run.Trainable), (run.Standing(_scratch[run.Name]).State, run.Standing(_scratch[run.Name]).Trainable));
            run.CheckDone(_scratch[run.Name], Place);
            Assert.Equal(Adapter($"whole/{run.Stage.Name}"), Adapter(run.Name));

            // Whoever asks its model scores it, once.
            Assert.Null(RunRow.Read(_scratch[run.Name]).Accuracy);
        }
    }

    [Fact]
    public void Done_stage_counts_only_with_the_model_and_the_first_stage_of_today()
    {
        (StageRun first, StageRun second) = Runs(_recipe);
        Assert.True(first.Execute(_scratch["first"], Place, null, default));
        Assert.True(second.Execute(_scratch["second"], Place, null, default));
        TinyQwen.Checkpoint(_scratch, seed: 2);
        Assert.Contains("on another backbone of this name", Problem());
        TinyQwen.Checkpoint(_scratch);
        Assert.Null(Problem());
        File.WriteAllBytes(_scratch["first/last/adapter_model.safetensors"], [.. Adapter("first"), 0]);
        Assert.Contains("was done on another first stage", Problem());

        string? Problem() => Record.Exception(() => Runs(_recipe).Second.CheckDone(_scratch["second"], Place))?.Message;
    }

    [Fact]
    public void Answers_are_counted_over_all_over_classes_and_outside_the_classes()
    {
        StageRun run = Runs(_recipe with { Basic = null }).Second;
        Assert.True(run.Execute(_scratch["second"], Place, null, default));
        ImageDataset all = DataSource.Parse("faces:?count=33&size=16&classes=compound").Open("test");
        ScoreRecord whole = new AnswerScore(run, "all", "all classes", all).Compute(_scratch["second"], null, default);
        double[] recalls = [.. all.Classes.Select(c => whole.Pictures.Where(p => p.Truth == c).Average(p => p.IsRight ? 1.0 : 0))];
        Assert.True(recalls.Sum() > 0);
        Assert.Equal(recalls, all.Classes.Select(c => whole.Measures[AnswerScore.RecallOf(c)]));
        Assert.Equal(recalls.Average(), whole.Measures[ScoreRecord.BalancedAccuracy], 1e-12);
        Assert.Equal(whole.Pictures.Average(p => p.IsRight ? 1.0 : 0), whole.Measures[ScoreRecord.Accuracy], 1e-12);
        Assert.Equal((1, 0), (whole.Measures[AnswerScore.Parsed], whole.Measures[AnswerScore.Outside]));
        Assert.Empty(whole.Notes);

        // Random weights prefer a class: pictures without it.
        string preferred = whole.Pictures.CountBy(p => p.Label!).MaxBy(label => label.Value).Key;
        ImageDataset ten = ClassSubset.Of(all, [.. all.Classes.Where(c => c != preferred)]);
        var score = new AnswerScore(run, "ten", "ten classes", ten);
        ScoreRecord record = score.Compute(_scratch["second"], null, default);
        int outside = record.Pictures.Count(p => p.Label == preferred);
        Assert.InRange(outside, 1, ten.Count);
        Assert.Equal((double)outside / ten.Count, record.Measures[AnswerScore.Outside], 1e-12);
        Assert.Equal($"second names a class that these pictures lack in {outside} of {ten.Count} answers, which count as wrong: {preferred} {outside}", Assert.Single(record.Notes));
        Assert.DoesNotContain(AnswerScore.RecallOf(preferred), record.Measures.Keys);
        Assert.True(score.Fits(record));
        Assert.False(score.Fits(record with { Pictures = [.. record.Pictures.Reverse()] }));
    }

    [Fact]
    public void Written_answer_that_does_not_parse_is_wrong_and_has_no_label()
    {
        StageRun run = Runs(_recipe with { Basic = null, Decode = AnswerDecoding.Generate }).Second;
        Assert.True(run.Execute(_scratch["second"], Place, null, default));
        ImageDataset pictures = DataSource.Parse("faces:?count=11&size=16&classes=compound").Open("test");
        ScoreRecord record = new AnswerScore(run, "own", "own", pictures).Compute(_scratch["second"], null, default);
        Assert.All(record.Pictures, picture => Assert.Null(picture.Label));
        Assert.Equal((0, 0, 0), (record.Measures[AnswerScore.Parsed], record.Measures[ScoreRecord.Accuracy], record.Measures[AnswerScore.Outside]));
    }

    private static (StageRun First, StageRun Second) Runs(AnswerRecipe recipe)
    {
        var identity = new RunIdentity();
        var backbone = new AnsweringBackbone(recipe.Backbone!);
        var first = new StageRun("first", recipe with { Compound = null, Join = AdapterJoin.Merge }, recipe.Basic is null ? 0 : backbone.Trainable(recipe with { Compound = null }), null, identity);
        return (first, new StageRun("second", recipe, backbone.Trainable(recipe), recipe.Basic is null ? null : first, identity));
    }

    private string Place(PlannedRun run) => _scratch[run.Name];

    private byte[] Adapter(string run) => File.ReadAllBytes(_scratch[Path.Combine(run, "last", "adapter_model.safetensors")]);
}
