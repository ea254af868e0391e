using HkaFer.Adapters;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>The ablations of the HKAFER paper in one table, on data and a backbone of one's own, where each method is given a learning rate of its own.</summary>
internal static class HkaFerAblation
{
    internal static ExperimentDefinition Definition { get; } = new(
        "ablation", "methods, routers and numbers of adapters (tables 4 and 5, figure 4) at a learning rate chosen for each method",
        "--data rafdb:DIR, expw:DIR, or one's own; --backbone, any but CLIP; --rates, from which each method's is chosen on a tenth of the training pictures", Plan) { ChoosesRates = true };

    private static Experiment Plan(ExperimentSettings settings)
    {
        var planner = new ExperimentPlanner(settings);
        ExperimentBackbone? backbone = planner.Of(clip: false);
        string[] kinds = [.. HkaFerTables.Ablated.Where(planner.Has), .. planner.Others(HkaFerTables.Ablated).Select(data => data.Source.Kind)];
        ExperimentRow[] rows =
        [
            Row("full fine-tuning", MethodSettings.Full, HkaFerPaper.Table5[0]),
            Row("linear probe", MethodSettings.Linear, null),
            Row("LoRA, r = 32", new LoRA { Rank = 32 }, HkaFerPaper.Table5[1]),
            Row("HoKA, N = 4, DBIR", new HoKA(), HkaFerPaper.Table5[2]),
            Row("HeKA, N = 4, sum", new HeKA { Router = Router.Sum }, HkaFerPaper.Table4[0]),
            Row("HeKA, N = 4, SB", new HeKA { Router = Router.SpatialBranch }, HkaFerPaper.Table4[1]),
            Row("HeKA, N = 4, RB", new HeKA { Router = Router.RelationBranch }, HkaFerPaper.Table4[2]),
            Row("HeKA, N = 4, DBIR", new HeKA(), HkaFerPaper.Table5[3], isReference: true),
            Row("HeKA, N = 1, sum", new HeKA { Adapters = 1 }, null),
            Row("HeKA, N = 2, DBIR", new HeKA { Adapters = 2 }, null),
            Row("HeKA, N = 9, DBIR", new HeKA { Adapters = 9 }, null),
        ];
        return new Experiment
        {
            Name = Definition.Name,
            Title = "Methods, routers and numbers of adapters, each at a learning rate of its own",
            Source = $"Tables 4 and 5 and figure 4 of {HkaFerPaper.Name}",
            Columns = [.. kinds.Select(planner.Title)],
            Rows = rows,
            Notes =
            [
                .. planner.Notes(backbone, HkaFerPaper.Dino),
                $"learning rates: of {TunedRun.Text(settings.Rates)} the one with the best accuracy after {TrialRun.Length} epochs on a tenth of the training pictures, which the trial does not learn from; with seed 1, for all seeds",
                "the tenth is drawn picture by picture: of several faces of a photograph, or frames of a video, some may be learned from and others choose the rate",
                .. planner.CommonNotes(),
            ],
            Unused = planner.Unused,
        };

        ExperimentRow Row(string label, MethodSettings method, HkaFerPaper.Row? paper, bool isReference = false) => new()
        {
            Label = label,
            PaperTrainable = paper?.Trainable ?? "",
            IsReference = isReference,
            Cells = [.. kinds.Select(kind => planner.TunedCell(kind, backbone, method, paper is null ? null : HkaFerTables.InAblation(paper, kind)))],
        };
    }
}
