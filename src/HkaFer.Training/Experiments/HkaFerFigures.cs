using HkaFer.Adapters;

namespace HkaFer.Training;

/// <summary>The figures of the HKAFER paper that show results.</summary>
internal static class HkaFerFigures
{
    private const string Data = "--data rafdb:DIR, or one's own";

    private const string OneBackbone = "--backbone, a DINOv2 checkpoint as in the paper, or another";

    private static readonly string[] s_raf = ["rafdb"];

    private static readonly int[] s_counts = [1, 2, 4, 9];

    internal static IReadOnlyList<ExperimentDefinition> All { get; } =
    [
        new(
            "figure3", "t-SNE of the features of the scored split, method beside method; trained as in table5",
            $"{Data}; {OneBackbone}", Figure3),
        new(
            "figure4", "accuracy against the number of adapters: HeKA, HoKA, LoRA",
            $"--data rafdb:DIR and expw:DIR, or one's own; {OneBackbone}", Figure4),
        new(
            "figure5", "Grad-CAM++ of each adapter in the last attention, a picture a class; trained as in table5",
            $"{Data}; {OneBackbone}", Figure5),
    ];

    private static Experiment Figure3(ExperimentSettings settings)
    {
        var planner = new ExperimentPlanner(settings);
        ExperimentBackbone? backbone = planner.Preferred(clip: false);
        string[] kinds = [.. s_raf, .. planner.Others(s_raf).Select(data => data.Source.Kind)];
        var drawings = new List<ExperimentDrawing>();
        ExperimentRow[] rows = [.. HkaFerPaper.Table5.Zip(HkaFerTables.Methods).Select((row, r) => Row(
            row.First, row.Second, isLast: r == HkaFerTables.Methods.Count - 1))];
        return new Experiment
        {
            Name = "figure3",
            Title = "Features in a plane, method beside method",
            Source = $"Figure 3 of {HkaFerPaper.Name}",
            Columns =
            [
                .. kinds.Select(planner.Title)
                    .SelectMany(title => (string[])[title, $"{title}: same class among the ten nearest in the plane"]),
            ],
            Rows = rows,
            Drawings = drawings,
            Notes =
            [
                .. planner.Notes(backbone, HkaFerPaper.Dino),
                "features: the class token after the last norm, of the model of seed 1; t-SNE with perplexity 30, from principal axes, "
                    + "the best of several starts; a hollow point is taken for another class",
                "the paper shows drawings and no numbers, and does not name the methods in its text: these are those of table 5",
                .. planner.CommonNotes(),
            ],
            Unused = planner.Unused,
        };

        ExperimentRow Row(HkaFerPaper.Row paper, MethodSettings method, bool isLast) =>
            HkaFerTables.Row(paper with { Trainable = "" }, isLast, [.. kinds.SelectMany(kind => Cells(kind, paper.Method, method))]);

        IEnumerable<ExperimentCell> Cells(string kind, string method, MethodSettings settings)
        {
            yield return planner.Cell(kind, backbone, settings, null, clip: false);
            ExperimentCell plane = planner.FirstSeed(kind, backbone, settings, clip: false, Plane) with { Measure = PlaneScore.SameClass };
            drawings.AddRange(plane.Scores.Select(score => new ExperimentDrawing($"{planner.Title(kind)}, {method}", score)));
            yield return plane;

            PlaneScore Plane(RecipeRun run, ExperimentData data) => new(
                run, $"{data.Source.Kind}-{data.Scored}-plane", $"{data.Title}, {data.Scored} split in a plane, {method}",
                data.ScoredPictures);
        }
    }

    private static Experiment Figure4(ExperimentSettings settings)
    {
        var planner = new ExperimentPlanner(settings);
        ExperimentBackbone? backbone = planner.Preferred(clip: false);
        string[] kinds = [.. HkaFerTables.Ablated, .. planner.Others(HkaFerTables.Ablated).Select(data => data.Source.Kind)];
        ExperimentRow[] rows =
        [
            .. s_counts.Select(n => Row($"HeKA, N = {n}", new HeKA { Adapters = n }, n == 4 ? HkaFerPaper.Table5[3] : null, n == 4)),
            .. s_counts.Select(n => Row($"HoKA, N = {n}", Homogeneous(n), n == 4 ? HkaFerPaper.Table5[2] : null)),
            Row("LoRA, r = 32", new LoRA { Rank = 32 }, HkaFerPaper.Table5[1]),
        ];
        AdapterCountChart.Line[] lines =
        [
            new("HeKA", [.. s_counts.Select((n, i) => ((int?)n, i))]),
            new("HoKA", [.. s_counts.Select((n, i) => ((int?)n, s_counts.Length + i))]),
            new("LoRA, r = 32", [(null, 2 * s_counts.Length)]),
        ];
        return new Experiment
        {
            Name = "figure4",
            Title = "Accuracy against the number of adapters",
            Source = $"Figure 4 of {HkaFerPaper.Name}",
            Columns = [.. kinds.Select(planner.Title)],
            Rows = rows,
            Chart = table => AdapterCountChart.Draw(table, lines),
            Notes =
            [
                .. planner.Notes(backbone, HkaFerPaper.Dino),
                "the paper draws lines and prints no numbers beyond those of table 5, which stand here for N = 4 and for LoRA",
                "one adapter needs no router, and is the same for HeKA and HoKA: one training for both rows; LoRA has no number of "
                    + "adapters here and is a level line",
                .. planner.CommonNotes(),
            ],
            Unused = planner.Unused,
        };

        // One adapter has one size and no router, whichever method it is called: one training.
        static MethodSettings Homogeneous(int count) => count == 1 ? new HeKA { Adapters = 1 } : new HoKA { Adapters = count };

        ExperimentRow Row(string label, MethodSettings method, HkaFerPaper.Row? paper, bool isReference = false) => new()
        {
            Label = label,
            PaperTrainable = paper?.Trainable ?? "",
            IsReference = isReference,
            Cells = [.. kinds.Select(kind => planner.Cell(
                kind, backbone, method, paper is null ? null : HkaFerTables.InAblation(paper, kind), clip: false))],
        };
    }

    private static Experiment Figure5(ExperimentSettings settings)
    {
        var planner = new ExperimentPlanner(settings);
        ExperimentBackbone? backbone = planner.Preferred(clip: false);
        string[] kinds = [.. s_raf, .. planner.Others(s_raf).Select(data => data.Source.Kind)];
        var heka = new HeKA();
        HkaFerPaper.Row paper = HkaFerPaper.Table5[3];
        return new Experiment
        {
            Name = "figure5",
            Title = "Where each adapter looks",
            Source = $"Figure 5 of {HkaFerPaper.Name}",
            Columns = [.. kinds.Select(planner.Title)],
            Rows =
            [
                HkaFerTables.Row(paper, true, [.. kinds.Select(
                    kind => planner.Cell(kind, backbone, heka, HkaFerTables.InAblation(paper, kind), clip: false))]),
            ],
            Drawings = [.. kinds.SelectMany(kind => planner.FirstSeed(kind, backbone, heka, clip: false, Maps).Scores
                .Select(score => new ExperimentDrawing($"{planner.Title(kind)}, adapters", score)))],
            Notes =
            [
                .. planner.Notes(backbone, HkaFerPaper.Dino),
                "Grad-CAM++ of what each adapter adds in the last attention, of the model of seed 1; of each class the first picture that "
                    + "the model names rightly, else the first; each map on a scale of its own",
                "the paper shows drawings; the accuracy beside them is its table 5's",
                .. planner.CommonNotes(),
            ],
            Unused = planner.Unused,
        };

        static AdapterMapScore Maps(RecipeRun run, ExperimentData data) => new(
            run, $"{data.Source.Kind}-{data.Scored}-adapters", $"{data.Title}, {data.Scored} split: Grad-CAM++ of each adapter",
            data.ScoredPictures);
    }
}
