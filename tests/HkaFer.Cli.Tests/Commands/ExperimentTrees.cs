using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Testing;

namespace HkaFer.Cli.Tests.Commands;

/// <summary>All data sets of the papers with generated faces in their layouts, two tiny backbones, and a folder of experiments that the tests share as its users do.</summary>
public sealed class ExperimentTrees : IDisposable
{
    private readonly Scratch _scratch = new(inMemory: true);

    public ExperimentTrees()
    {
        var trees = new DatasetTrees(_scratch);
        RafDb = $"rafdb:{trees.RafDb()}";
        ExpW = $"expw:{trees.ExpW()}";
        Benchmarks = [RafDb, $"affectnet:{trees.AffectNet()}", $"sfew:{trees.Sfew()}", ExpW, $"ferplus:{trees.FerPlus()}"];
        Lists = trees.Lists;
        TinyModels.Vit(config: new VitConfig { Width = 32, Depth = 1, Heads = 2, Patch = 16, ImageSize = 32, MlpRatio = 2 }).Save(Vit);
        Clip = TinyClip.Write(_scratch);
    }

    public string RafDb { get; }

    public string ExpW { get; }

    /// <summary>The data of the first three tables; the others take RAF-DB, and where they compare methods ExpW.</summary>
    public IReadOnlyList<string> Benchmarks { get; }

    public string Lists { get; }

    public string Vit => _scratch["tiny vit"];

    public string Clip { get; }

    public string Shared => _scratch["experiments"];

    public string this[string name] => _scratch[name];

    /// <summary>A command line with the data that the paper has there, and both backbones: one epoch, one seed.</summary>
    public string[] Line(string experiment, string folder, params string[] more) =>
    [
        "experiment", experiment, .. DataOf(experiment).SelectMany(data => (string[])["--data", data]), "--backbone", Vit, "--backbone", Clip, "--lists", Lists,
        "--epochs", "1", "--seeds", "1", "--set", "training.batch=8", "--out", folder, .. experiment == "ablation" ? ["--rates", "0.001", "0.01"] : Array.Empty<string>(), .. more,
    ];

    private IReadOnlyList<string> DataOf(string experiment) => experiment switch
    {
        "table1" or "table2" or "table3" => Benchmarks,
        "figure3" or "figure5" or "ablation" => [RafDb],
        _ => [RafDb, ExpW],
    };

    public void Dispose() => _scratch.Dispose();
}
