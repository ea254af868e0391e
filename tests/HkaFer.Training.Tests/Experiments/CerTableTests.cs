using System.Globalization;
using HkaFer.Data;
using HkaFer.Testing;

namespace HkaFer.Training.Tests.Experiments;

/// <summary>The plan of the table of compound expressions.</summary>
public sealed class CerTableTests : IDisposable
{
    private readonly Scratch _scratch = new(inMemory: true);
    private readonly string _qwen, _raf, _compound, _wild, _cexpr;

    public CerTableTests()
    {
        var trees = new DatasetTrees(_scratch, train: 1, scored: 1);
        (_raf, _compound, _wild, _cexpr) = ($"rafdb:{trees.RafDb()}", $"rafdb-compound:{trees.RafDbCompound()}", $"affwild2:{trees.AffWild2()}", $"cexpr:{trees.CExpr()}");
        _qwen = TinyQwen.Checkpoint(_scratch);
    }

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Numbers_in_code_are_those_of_the_papers_text()
    {
        string text = Fixtures.RequirePaper("001");
        Said($"accuracy: {CerPaper.CompoundAligned:F2}% (aligned) vs {CerPaper.CompoundOriginal:F2}% (original)");
        Said($"accuracy: {CerPaper.BasicAligned:F2}% (aligned) vs {CerPaper.BasicOriginal:F2}% (original)");
        Said($"\"Sadly Surprised\" at {CerPaper.Original["sadly surprised"]:F2}% (original)");
        Assert.Single(CerPaper.Original);
        Said($"\"Angrily Disgusted\" at {CerPaper.Unsaid["angrily disgusted"]:F2}%\n");
        Said($"\"Angrily Surprised\" ({CerPaper.Unsaid["angrily surprised"]:F2}%) and \"Sadly Surprised\" ({CerPaper.Unsaid["sadly surprised"]:F2}%)");
        Assert.Equal(3, CerPaper.Unsaid.Count);

        void Said(FormattableString words) => Assert.Contains(words.ToString(CultureInfo.InvariantCulture), text);
    }

    [Fact]
    public void Same_training_is_planned_once_and_the_two_stages_are_the_shipped_recipe()
    {
        Experiment plan = Plan([_raf, _compound, _wild, _cexpr], seeds: 2);
        Assert.Empty(plan.Unused);
        Assert.All(plan.Rows.SelectMany(row => row.Cells), cell => Assert.Null(cell.Reason));

        // Two first stages by prompt; of the second: merged, kept, alone, minimal, three more ranks.
        StageRun[] runs = [.. plan.Runs.Cast<StageRun>()];
        Assert.Equal(2 * (2 + 7), runs.Length);
        Assert.Equal(runs.Length, runs.DistinctBy(run => run.Name).Count());
        StageRun[] ofFirstSeed = [.. runs.Where(run => run.Recipe.Training.Seed == 1 && run.Stage is CompoundStage)];
        Assert.Equal([4, 8, 8, 8, 8, 16, 32], ofFirstSeed.Select(run => run.Stage.Rank).Order());
        Assert.Equal(5, ofFirstSeed.Count(run => run.Needs is [{ } first] && first == runs[0]));
        Assert.Empty(Assert.Single(ofFirstSeed, run => run.Name.StartsWith("cer-compound-single-r8-detailed", StringComparison.Ordinal)).Needs);

        AnswerRecipe shipped = AnswerRecipe.Load(Path.Combine(Fixtures.Root, "recipes", "cer-qwen2vl.yaml"), [
            $"backbone={_qwen}", $"basic.data.train=[\"{_raf}\", \"{_wild}?classes=7\"]", $"compound.data.train=[\"{_compound}\"]",
        ]);
        Assert.Equal(shipped.ToYaml(), Assert.Single(ofFirstSeed, run => run.Name.StartsWith("cer-compound-merge-r8-detailed", StringComparison.Ordinal)).Recipe.ToYaml());
    }

    [Fact]
    public void Aligned_and_original_pictures_are_both_asked_for_whichever_were_learnt_from()
    {
        foreach (string compound in (string[])[_compound, $"{_compound}?aligned=false&crop=none"])
        {
            Experiment plan = Plan([_raf, compound]);
            ExperimentCell[] cells = [.. plan.Rows.First(row => row.Label == "single stage").Cells.Where(cell => cell.Scores.Count > 0)];
            Assert.Equal(["RAF-DB compound, test split, aligned", "RAF-DB compound, test split, original"], cells.Select(cell => cell.Scores[0].Description));
            Assert.Equal([compound], ((StageRun)cells[0].Scores[0].Run).Stage.Data.Train);
        }
    }

    [Fact]
    public void What_was_not_given_leaves_gaps_with_the_reason()
    {
        ExperimentRow[] rows = [.. Plan([_compound, "faces:?count=7&size=16"]).Rows.Where(row => row.Group.StartsWith("accuracy over", StringComparison.Ordinal))];
        Assert.Equal("RAF-DB was not given: --data rafdb:DIR", rows.Single(row => row.Label == "two stages, merged").Cells[0].Reason);
        ExperimentRow single = rows.Single(row => row.Label == "single stage");
        Assert.Null(single.Cells[0].Reason);
        Assert.Equal("C-EXPR-DB was not given: --data cexpr:DIR", single.Cells[5].Reason);
        Assert.Equal(["--data faces:?count=7&size=16"], Plan([_compound, "faces:?count=7&size=16"]).Unused);

        Directory.Delete(Path.Combine(_compound["rafdb-compound:".Length..], "Image", "original"), recursive: true);
        Assert.Contains("Image/original", Plan([_compound]).Rows.First(row => row.Label == "single stage").Cells[1].Reason);
    }

    [Fact]
    public void Class_without_a_picture_has_a_reason_and_only_accuracies_are_compared()
    {
        Experiment plan = Plan([_raf, _compound]);
        ExperimentTable table = ExperimentTable.Of(plan, score => new ScoreOutcome(
            new ScoreRecord
            {
                Data = score.Description,
                Measures = new Dictionary<string, double> { [ScoreRecord.Accuracy] = 0.5, [ScoreRecord.BalancedAccuracy] = 0.25, [AnswerScore.RecallOf("sadly angry")] = 1, [AnswerScore.Parsed] = 0.75 },
                Pictures = [new("a.png", "sadly angry", score.Run.Name.Contains("-single-") ? null : "sadly angry")],
            },
            null, 7));
        Assert.Equal((50, 25, 75), (Value("accuracy over all pictures", "two stages, merged").Ours, Value("mean of the classes' accuracies", "two stages, merged").Ours, Value("share of answers that parse", "two stages, merged").Ours));
        Assert.Equal((78.5, null), (Value("accuracy over all pictures", "two stages, merged").Paper, Value("mean of the classes' accuracies", "two stages, merged").Paper));
        Assert.Equal(100, Value("accuracy of each", "sadly angry").Ours);
        Assert.Equal("RAF-DB compound, test split, aligned has no recall of sadly surprised", Value("accuracy of each", "sadly surprised").Reason);
        Assert.Equal((43.00, 52.40), (Value("accuracy of each", "sadly surprised", 1).Paper, Value("accuracy of each", "sadly surprised", 2).Paper));

        // Six others on two kinds of pictures, and the minimal prompt of stage 1 on two.
        Assert.Equal((2 * 6) + 2, table.Comparisons.Count);
        Assert.Equal((1, 0), table.Comparisons.Where(c => c.Second == "single stage").Select(c => ((int)c.OnlyFirstRight, (int)c.OnlySecondRight)).Distinct().Single());
        string[] heads = [.. ExperimentText.Shown(plan).Select(shown => shown.Head)];
        Assert.Equal(["RAF-DB compound, aligned", "paper", "RAF-DB compound, original", "paper", "RAF-DB compound, images not said: paper"], heads[..5]);
        Assert.Equal("Aff-Wild2", heads[^1]);

        ExperimentValue Value(string group, string label, int column = 0) =>
            table.Experiment.Rows.Zip(table.Values).Single(row => row.First.Group.StartsWith(group, StringComparison.Ordinal) && row.First.Label == label).Second[column];
    }

    private Experiment Plan(string[] data, int seeds = 1) => ExperimentCatalog.Plan("cer-table", new ExperimentSettings { Data = data, Backbones = [_qwen], Seeds = seeds });
}
