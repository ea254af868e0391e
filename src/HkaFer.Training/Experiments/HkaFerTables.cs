using HkaFer.Adapters;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>The tables of the HKAFER paper.</summary>
internal static class HkaFerTables
{
    private const string OneBackbone = "--backbone, a DINOv2 checkpoint as in the paper, or another";

    private const string Quoted = "rows of other methods are quoted from the paper and were not run here";

    private static readonly string[] s_benchmarks = ["rafdb", "affectnet", "sfew", "expw", "ferplus"];

    internal static IReadOnlyList<ExperimentDefinition> All { get; } =
    [
        new("table1", "HKAFER on five benchmarks, DINOv2 and CLIP, beside other methods' published numbers",
            "--data rafdb:DIR, affectnet:DIR, sfew:DIR, expw:DIR, ferplus:DIR, or one's own; --backbone twice, DINOv2 and CLIP", Table1),
        new("table2", "occluded and turned faces, CLIP; trained as in table1", "--data rafdb:DIR, affectnet:DIR, ferplus:DIR; --lists DIR; --backbone, a CLIP checkpoint", Table2),
        new("table3", "across data sets, CLIP: RAF-DB to AffectNet and back; trained as in table1", "--data rafdb:DIR and affectnet:DIR; --backbone, a CLIP checkpoint", Table3),
        new("table4", "routers: sum, SB, RB, DBIR", $"--data rafdb:DIR and expw:DIR, or one's own; {OneBackbone}", Table4),
        new("table5", "methods: full fine-tuning, LoRA, HoKA, HeKA", $"--data rafdb:DIR and expw:DIR, or one's own; {OneBackbone}", Table5),
    ];

    /// <summary>The data sets of the paper's ablations.</summary>
    internal static IReadOnlyList<string> Ablated { get; } = ["rafdb", "expw"];

    /// <summary>The number of a row of table 4 or 5 for a data set; null for one's own.</summary>
    internal static double? InAblation(HkaFerPaper.Row row, string kind) => Ablated.Index().Where(k => k.Item == kind).Select(k => row.Value(k.Index)).FirstOrDefault();

    /// <summary>The methods of table 5, in its order.</summary>
    internal static IReadOnlyList<MethodSettings> Methods { get; } = [MethodSettings.Full, new LoRA { Rank = 32 }, new HoKA(), new HeKA()];

    private static Experiment Table1(ExperimentSettings settings)
    {
        var planner = new ExperimentPlanner(settings);
        string[] kinds = [.. s_benchmarks, .. planner.Others(s_benchmarks).Select(data => data.Source.Kind)];
        return new Experiment
        {
            Name = "table1",
            Title = "HKAFER on the benchmarks of facial expression recognition",
            Source = $"Table 1 of {HkaFerPaper.Name}",
            Columns = [.. kinds.Select(kind => planner.Title(kind))],
            Rows = [.. HkaFerPaper.Table1.Select(row =>
            {
                bool ours = row.Method == HkaFerPaper.Ours, clip = row.Backbone == HkaFerPaper.Clip;
                return Row(row, clip && ours, [.. kinds.Select((kind, c) => ours
                    ? planner.Cell(kind, planner.Of(clip), new HeKA(), row.Value(c), clip)
                    : new ExperimentCell { Paper = row.Value(c) })]);
            })],
            Notes = [.. planner.Notes(planner.Of(clip: false), HkaFerPaper.Dino), .. planner.Notes(planner.Of(clip: true), HkaFerPaper.Clip), Quoted, .. planner.CommonNotes()],
            Unused = planner.Unused,
        };
    }

    private static Experiment Table2(ExperimentSettings settings)
    {
        var planner = new ExperimentPlanner(settings);
        ExperimentBackbone? backbone = planner.Preferred(clip: true);
        string[] kinds = ["rafdb", "affectnet", "ferplus"], subsets = ["occlusion", "pose30", "pose45"];
        return new Experiment
        {
            Name = "table2",
            Title = "Occluded and turned faces",
            Source = $"Table 2 of {HkaFerPaper.Name}",
            Columns = ["occlusion", "pose of 30° and more", "pose of 45° and more"],
            Rows = [.. HkaFerPaper.Table2.Select(row => Row(row, false, [.. subsets.Select((subset, c) => row.Method == HkaFerPaper.Ours
                ? planner.SubsetCell(kinds.First(kind => ExperimentData.TitleOf(kind) == row.Group), backbone, new HeKA(), row.Value(c), clip: true, subset)
                : new ExperimentCell { Paper = row.Value(c) })]))],
            Notes = [.. planner.Notes(backbone, HkaFerPaper.Clip), Quoted, .. planner.CommonNotes()],
            Unused = planner.Unused,
        };
    }

    private static Experiment Table3(ExperimentSettings settings)
    {
        var planner = new ExperimentPlanner(settings);
        ExperimentBackbone? backbone = planner.Preferred(clip: true);
        return new Experiment
        {
            Name = "table3",
            Title = "Across data sets",
            Source = $"Table 3 of {HkaFerPaper.Name}",
            Columns = ["RAF-DB to AffectNet", "AffectNet to RAF-DB", "mean"],
            Rows = [.. HkaFerPaper.Table3.Select(row => Row(row, false, row.Method == HkaFerPaper.Ours
                ?
                [
                    planner.CrossCell("rafdb", "affectnet", backbone, new HeKA(), row.Value(0), clip: true),
                    planner.CrossCell("affectnet", "rafdb", backbone, new HeKA(), row.Value(1), clip: true),
                    new ExperimentCell { Paper = row.Value(2), MeanOf = [0, 1] },
                ]
                : [.. Enumerable.Range(0, 3).Select(c => new ExperimentCell { Paper = row.Value(c) })]))],
            Notes = [.. planner.Notes(backbone, HkaFerPaper.Clip), Quoted, "classes are matched by name; those that one side lacks are dropped, and told", .. planner.CommonNotes()],
            Unused = planner.Unused,
        };
    }

    /// <summary>A row of the paper with its cells.</summary>
    internal static ExperimentRow Row(HkaFerPaper.Row row, bool isReference, IReadOnlyList<ExperimentCell> cells) => new()
    {
        Group = row.Group,
        Label = row.Method,
        Detail = row.Backbone,
        PaperTrainable = row.Trainable,
        IsReference = isReference,
        Cells = cells,
    };

    private static Experiment Table4(ExperimentSettings settings) => Ablation(
        settings, "table4", "Routers of four Kronecker adapters", "Table 4", HkaFerPaper.Table4,
        [new HeKA { Router = Router.Sum }, new HeKA { Router = Router.SpatialBranch }, new HeKA { Router = Router.RelationBranch }, new HeKA()]);

    private static Experiment Table5(ExperimentSettings settings) => Ablation(
        settings, "table5", "Methods of fine-tuning", "Table 5", HkaFerPaper.Table5, Methods);

    /// <summary>Methods on the data sets of the paper's ablations, and on one's own; the last method is the paper's.</summary>
    private static Experiment Ablation(
        ExperimentSettings settings, string name, string title, string number, IReadOnlyList<HkaFerPaper.Row> paper, IReadOnlyList<MethodSettings> methods)
    {
        var planner = new ExperimentPlanner(settings);
        ExperimentBackbone? backbone = planner.Preferred(clip: false);
        string[] kinds = [.. Ablated, .. planner.Others(Ablated).Select(data => data.Source.Kind)];
        ExperimentRow[] rows =
        [
            .. paper.Zip(methods).Select((row, r) => Row(
                row.First, r == methods.Count - 1, [.. kinds.Select(kind => planner.Cell(kind, backbone, row.Second, InAblation(row.First, kind), clip: false))])),
        ];
        return new Experiment
        {
            Name = name,
            Title = title,
            Source = $"{number} of {HkaFerPaper.Name}",
            Columns = [.. kinds.Select(kind => planner.Title(kind))],
            Rows = rows,
            Notes = [.. planner.Notes(backbone, HkaFerPaper.Dino), .. planner.CommonNotes()],
            Unused = planner.Unused,
        };
    }
}
