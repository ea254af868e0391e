using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>The results of the paper on compound expressions, and the ablations that it leaves to others.</summary>
internal static class CerTable
{
    private const string TwoStages = "two stages, merged";

    /// <summary>The data sets of a row's cells: kind, whether original pictures, and which measure where it is not the row's.</summary>
    private sealed record Column(string Title, string Kind, bool Original = false, string? Measure = null);

    private static readonly Column[] s_columns =
    [
        new("RAF-DB compound, aligned", StagePlanner.Compound),
        new("RAF-DB compound, original", StagePlanner.Compound, Original: true),
        new("RAF-DB compound, images not said", ""),
        new("RAF-DB basic, aligned", StagePlanner.Basic),
        new("RAF-DB basic, original", StagePlanner.Basic, Original: true),
        new("C-EXPR-DB", StagePlanner.Scored),
        new("C-EXPR-DB: macro F1", StagePlanner.Scored, Measure: ScoreRecord.MacroF1),
        new("C-EXPR-DB: answers outside its classes", StagePlanner.Scored, Measure: AnswerScore.Outside),
        new("Aff-Wild2", StagePlanner.Wild),
    ];

    private static readonly StagePlanner.Stage s_first = new(), s_second = new() { IsCompound = true };

    private static readonly (string Label, StagePlanner.Stage Stage)[] s_rows =
    [
        ("stage 1: basic expressions", s_first),
        ("stage 1, minimal prompt", new("minimal")),
        (TwoStages, s_second),
        ("two stages, both adapters kept", s_second with { Join = AdapterJoin.Stack }),
        ("single stage", s_second with { IsStaged = false }),
        ("two stages, minimal prompt", s_second with { Prompt = "minimal" }),
        .. ((int[])[4, 16, 32]).Select(rank => ($"two stages, stage 2 of rank {rank}", s_second with { Rank = rank })),
    ];

    private static readonly string[] s_notes =
    [
        "the paper gives 74.39 and 78.50 both as what staging gains and as its numbers on original and aligned images, and has no number of a single stage: the step from the single stage to two is ours alone",
        "it does not say whether its numbers are over all pictures or means of classes; they stand with the former, and both of ours are here",
        "it gives four numbers of classes and says of one that it is of original images; the others have a column of their own",
        "it names ranks 16 and 8, 20 and 10 epochs and batch 1; optimizer, rates, alpha, dropout, the adapted layers and how the adapters are joined are this project's: AdamW, 1e-4 and 5e-5 falling as a cosine, eight examples an update, alpha = 2 r, dropout 0.05, every linear layer of the language model",
        "merged: stage 1 counts as part of the model and a fresh adapter of rank 8 is trained; both adapters kept: it stays an adapter, and both are trained; single stage: stage 2 without stage 1, for its own epochs alone",
        "basic expressions are asked of the model after stage 1, compound ones after stage 2; of which model the paper's basic numbers are is not said",
        "stage 2 learns from RAF-DB alone: the paper's \"Aff-Wild2 compound\" has no public labels but those of C-EXPR-DB, which is kept for scoring",
        "C-EXPR-DB: seven of the eleven classes, matched by name; an answer outside them counts as wrong; others report a macro F1 of 57.23 (first place of the 8th ABAW challenge) and 60.63 (7th)",
        "an answer that does not parse counts as wrong and is never guessed; scores/ has what was said of every picture",
    ];

    internal static IReadOnlyList<ExperimentDefinition> All { get; } =
    [
        new("cer-table", "compound expressions with a vision-language model: stages, prompts, ranks",
            "--data rafdb:DIR, rafdb-compound:DIR, affwild2:DIR, cexpr:DIR; --backbone, a Qwen2-VL or Qwen2.5-VL checkpoint", Plan),
    ];

    private static Experiment Plan(ExperimentSettings settings)
    {
        var planner = new StagePlanner(settings);
        ExperimentRow[] accuracy = [.. s_rows.Select(row => new ExperimentRow
        {
            Group = "accuracy over all pictures",
            Label = row.Label,
            IsReference = row.Stage == s_first || row.Stage == s_second,
            Cells = [.. s_columns.Select(column => Cell(planner, row.Stage, column))],
        })];
        return new Experiment
        {
            Name = "cer-table",
            Title = "Compound expressions with a vision-language model",
            Source = CerPaper.Name,
            Columns = [.. s_columns.Select(column => column.Title)],
            Rows =
            [
                .. accuracy,
                .. accuracy.Select(row => Of(row, "mean of the classes' accuracies", ScoreRecord.BalancedAccuracy)),
                .. accuracy.Select(row => Of(row, "share of answers that parse", AnswerScore.Parsed)),
                .. CompoundExpression.Names.Select(name => Class(accuracy[Array.FindIndex(s_rows, row => row.Stage == s_second)], name)),
            ],
            Notes = [.. planner.Notes(), .. s_notes],
            Unused = planner.Unused,
        };
    }

    /// <summary>A cell, where the row's stage has learnt the column's classes.</summary>
    private static ExperimentCell Cell(StagePlanner planner, StagePlanner.Stage stage, Column column)
    {
        bool isCompound = column.Kind is StagePlanner.Compound or StagePlanner.Scored;
        if (column.Kind.Length == 0 || isCompound != stage.IsCompound)
        {
            return new ExperimentCell();
        }

        ExperimentCell cell = planner.Cell(stage, column.Kind, stage == s_first || stage == s_second ? Paper(column) : null, column.Original);
        return column.Measure is { } measure ? cell with { Measure = measure } : cell;
    }

    private static double? Paper(Column column) => (column.Kind, column.Original) switch
    {
        (StagePlanner.Compound, false) => CerPaper.CompoundAligned,
        (StagePlanner.Compound, true) => CerPaper.CompoundOriginal,
        (StagePlanner.Basic, false) => CerPaper.BasicAligned,
        (StagePlanner.Basic, true) => CerPaper.BasicOriginal,
        _ => null,
    };

    /// <summary>The same scores by another measure, of which the paper has none.</summary>
    private static ExperimentRow Of(ExperimentRow row, string group, string measure) => row with
    {
        Group = group,
        IsReference = false,
        Cells = [.. row.Cells.Zip(s_columns, (cell, column) => column.Measure is not null ? new ExperimentCell() : cell with { Measure = measure, Paper = null })],
    };

    /// <summary>One class of RAF-DB's compound expressions.</summary>
    private static ExperimentRow Class(ExperimentRow row, string name) => row with
    {
        Group = $"accuracy of each compound class, {TwoStages}",
        Label = name,
        IsReference = false,
        Cells = [.. row.Cells.Zip(s_columns, (cell, column) => column switch
        {
            { Kind: StagePlanner.Compound } => cell with { Measure = AnswerScore.RecallOf(name), Paper = column.Original && CerPaper.Original.TryGetValue(name, out double said) ? said : null },
            { Kind: "" } => new ExperimentCell { Paper = CerPaper.Unsaid.TryGetValue(name, out double unsaid) ? unsaid : null },
            _ => new ExperimentCell(),
        })],
    };
}
