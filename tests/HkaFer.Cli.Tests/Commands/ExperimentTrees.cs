using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Testing;
using HkaFer.Training;

namespace HkaFer.Cli.Tests.Commands;

/// <summary>All data sets of the papers with generated faces in their layouts, two tiny backbones, and a folder of experiments that the tests share as its users do.</summary>
public sealed class ExperimentTrees : IDisposable
{
    private readonly Scratch _scratch = new(inMemory: true), _few = new(inMemory: true);
    private readonly Lazy<string> _qwen;
    private readonly Lazy<IReadOnlyList<string>> _staged;

    public ExperimentTrees()
    {
        var trees = new DatasetTrees(_scratch);
        RafDb = $"rafdb:{trees.RafDb()}";
        ExpW = $"expw:{trees.ExpW()}";
        Benchmarks = [RafDb, $"affectnet:{trees.AffectNet()}", $"sfew:{trees.Sfew()}", ExpW, $"ferplus:{trees.FerPlus()}"];
        Lists = trees.Lists;
        TinyModels.Vit(config: new VitConfig { Width = 32, Depth = 1, Heads = 2, Patch = 16, ImageSize = 32, MlpRatio = 2 }).Save(Vit);
        Clip = TinyClip.Write(_scratch);

        // A face a class: each is asked about by nine models. They are random, and what they would write is no answer: their classes are scored.
        _staged = new(() =>
        {
            var few = new DatasetTrees(_few, train: 1, scored: 1);
            return [$"rafdb:{few.RafDb()}", $"rafdb-compound:{few.RafDbCompound()}", $"affwild2:{few.AffWild2()}", $"cexpr:{few.CExpr()}"];
        });
        _qwen = new(() =>
        {
            DescribeRun.Execute(
                new DescribeRecipe
                {
                    Describe = new DescribeFaces { Count = 1, Held = 1, Size = 16 },
                    Model = new DescribeModel { Width = 16, Depth = 1, Heads = 2, VisionWidth = 16, VisionDepth = 1, VisionHeads = 2, Patch = 4 },
                    Training = new DescribeTraining { Epochs = 1, PartsEpochs = 0, Accumulate = 1 },
                    Save = _scratch["tiny qwen"],
                },
                _scratch["making qwen"]);
            return _scratch["tiny qwen"];
        });
    }

    public string RafDb { get; }

    public string ExpW { get; }

    /// <summary>The data of the first three tables; the others take RAF-DB, and where they compare methods ExpW.</summary>
    public IReadOnlyList<string> Benchmarks { get; }

    public string Lists { get; }

    public string Vit => _scratch["tiny vit"];

    public string Clip { get; }

    /// <summary>A Qwen2-VL whose tokens are words of the prompts.</summary>
    public string Qwen => _qwen.Value;

    /// <summary>The data of the table of compound expressions: RAF-DB basic and compound, Aff-Wild2, C-EXPR-DB.</summary>
    public IReadOnlyList<string> Staged => _staged.Value;

    public string Shared => _scratch["experiments"];

    public string this[string name] => _scratch[name];

    /// <summary>A command line with the data that the paper has there, and the backbones that it takes: one epoch, one seed.</summary>
    public string[] Line(string experiment, string folder, params string[] more)
    {
        IReadOnlyList<string> data = experiment switch
        {
            "table1" or "table2" or "table3" => Benchmarks,
            "figure3" or "figure5" or "ablation" => [RafDb],
            "cer-table" => Staged,
            _ => [RafDb, ExpW],
        };
        string[] model = experiment == "cer-table"
            ? ["--backbone", Qwen, "--set", "preprocessing.max_pixels=256", "--set", "decode=score"]
            : ["--backbone", Vit, "--backbone", Clip, "--lists", Lists, "--set", "training.batch=8"];
        string[] rates = experiment == "ablation" ? ["--rates", "0.001", "0.01"] : [];
        return ["experiment", experiment, .. data.SelectMany(source => (string[])["--data", source]), .. model, .. rates, "--epochs", "1", "--seeds", "1", "--out", folder, .. more];
    }

    public void Dispose()
    {
        _scratch.Dispose();
        _few.Dispose();
    }
}
