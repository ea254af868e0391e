using System.Text;
using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Testing;

namespace HkaFer.Training.Tests.Fuzzing;

/// <summary>Damaged recipes, run folders, states and models.</summary>
[Trait("Category", Fuzz.Category)]
public sealed class RunFuzzTests : IDisposable
{
    private readonly Scratch _scratch = Fuzz.Scratch();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Damaged_recipe_gives_a_recipe_or_a_named_error() => Fuzz.Run(
        1 << 20,
        ((string[])
        [
            "data: faces:?seed=1\nbackbone: faces-vit\nmethod: heka\ntraining:\n  epochs: 3\n  batch: 8\n",
            Recipe.Paper.ToYaml(),
            "method:\n  kind: lora\n  rank: 4\n  targets: [qkv, \"mlp.fc1\"]\noptimizer: {kind: sgd, momentum: 0.9, nesterov: true}\nschedule: {kind: cosine, warmup_steps: 5}\naugmentation:\n",
            "# a comment\nbackbone:\n  scratch: {width: 28, depth: 1, heads: 2}\npreprocessing:\n  size: 28\n  mean: [0.5, 0.5, 0.5]\nmethod:\n  kind: heka\n  sizes: [[16, 32], [8, 8]]\n",
            .. Directory.GetFiles(Path.Combine(Fixtures.Root, "recipes"), "paper*.yaml").Select(File.ReadAllText),
        ]).Select(Encoding.UTF8.GetBytes),
        Mutator.Yaml,
        bytes =>
        {
            Recipe recipe = Recipe.Parse(Encoding.UTF8.GetString(bytes));
            Assert.Equal(recipe, Recipe.Parse(recipe.ToYaml()));
        });

    [Fact]
    public void Damaged_recipe_of_pretraining_gives_a_recipe_or_a_named_error() => Fuzz.Run(
        1 << 20,
        ((string[])[PretrainRunTests.Tiny.ToYaml(), File.ReadAllText(Path.Combine(Fixtures.Root, "recipes", "mae-ferplus.yaml"))]).Select(Encoding.UTF8.GetBytes),
        Mutator.Yaml,
        bytes =>
        {
            PretrainRecipe recipe = PretrainRecipe.Parse(Encoding.UTF8.GetString(bytes));
            Assert.Equal(recipe, PretrainRecipe.Parse(recipe.ToYaml()));
        });

    [Fact]
    public void Damaged_recipe_file_gives_a_recipe_or_a_named_error() => Fuzz.Run(
        // Read into one buffer of the largest size that a recipe may have, and once more as text.
        4 << 20,
        [Encoding.UTF8.GetBytes("\uFEFFdata: \"faces:?seed=1\"\nbackbone: faces-vit\nmethod: lora\n")],
        Mutator.Yaml, bytes => Recipe.Load(_scratch.Write("r.yaml", bytes)));

    [Fact]
    public void Damaged_override_gives_a_recipe_or_a_named_error() => Fuzz.Run(
        1 << 20,
        ((string[])["training.epochs=10", "method=lora", "method.sizes=[[16, 32], [8, 8]]", "data.train=folder:/x?valid=0.2", "optimizer.learning_rate=1e-3"]).Select(Encoding.UTF8.GetBytes),
        Mutator.Yaml, bytes => Recipe.Parse("", sets: [Encoding.UTF8.GetString(bytes)]));

    [Fact]
    public void Damaged_summary_gives_a_run_or_a_named_error()
    {
        Directory.CreateDirectory(_scratch["best"]);
        Directory.CreateDirectory(_scratch["last"]);
        Fuzz.Run(
            128 << 10,
            ((string[])
            [
                "{\"kind\":\"run\",\"status\":\"done\",\"method\":\"heka\",\"labels\":[\"a\",\"b\"],\"epochs\":2,\"epochs_done\":1,\"selection\":\"best\",\"best\":{\"epoch\":1,\"accuracy\":0.5}}",
                "{\"kind\":\"run\",\"selection\":\"last\",\"best\":null}",
            ]).Select(Encoding.UTF8.GetBytes),
            Mutator.Json,
            bytes =>
            {
                _scratch.Write("run.json", bytes);
                Assert.True(Directory.Exists(RunFolder.ReportedModel(_scratch.Folder)));
            });
    }

    [Fact]
    public void Damaged_records_give_a_report_or_a_named_error()
    {
        // The first byte of a seed says which file the rest is.
        string[] names = ["run.json", "metrics.jsonl", "timing.jsonl", "mistakes.json", "routers.json", "explanation.json", "reconstructions.json", "run.json"];
        string[] files =
        [
            """{"status":"done","method":"heka","backbone":"b","labels":["a","b"],"epochs":2,"selection":"best","test":{"epoch":1,"accuracy":0.5,"per_class":[{"name":"a"}],"confusion":[[1]]},"machine":{"cpu":"x","threads":2},"trainable":7,"total":9}""",
            """{"epoch":1,"learning_rate":0.1,"train_loss":1.5,"train_accuracy":0.5,"split":"valid","metrics":{"count":3,"accuracy":0.5,"macro_f1":0.4,"log_loss":1,"ece":0.1,"calibration":[{"count":3,"confidence":0.6,"accuracy":0.5}],"per_class":[{"name":"a","recall":1,"precision":0.5,"f1":0.6,"support":2},{"name":"b","recall":0,"precision":null,"f1":0,"support":1}],"confusion":[[2,0],[1,0]]}}""" + "\n",
            """{"epoch":1,"time":1700000000.5,"seconds":1.5,"train_seconds":1,"images_per_second":20,"peak_memory_bytes":1000000}""" + "\n",
            """{"epoch":1,"split":"valid","wrong":1,"mistakes":[{"path":"p","truth":"b","label":"a","confidence":0.9,"truth_probability":0.1,"png":"AAAA"}]}""",
            """{"epoch":1,"split":"valid","pictures":3,"layers":[{"layer":"blocks.0.mlp.fc1","router":"dual_branch","lambda":0.5,"weights":[0.4,0.6],"classes":{"a":[0.5,0.5],"b":[0.3,0.7]}}]}""",
            """{"epochs_done":2,"split":"valid","layer":"blocks.1.qkv","pictures":{"columns":["a","b"],"paths":["p","q"],"labels":["a 90 %","b 80 %"],"rows":[{"title":"photo","pictures":["AAAA",null]},{"title":"Grad-CAM","pictures":["AAAA","AAAA"]}]},"tsne":{"of":9,"classes":["a","b"],"x":[0,1.5,2],"y":[1,-1,0.25],"truth":[0,1,1],"label":[0,0,1],"divergence":0.5,"trustworthiness":0.9,"same_class":0.8}}""",
            """{"epochs":[{"epoch":1,"loss":0.8,"pictures":2,"png":"AAAA"}]}""",
            """{"status":"done","task":"pretrain","method":"masked auto-encoder","backbone":"scratch","epochs":2,"last":{"loss":0.7},"encoder":7,"trainable":9}""",
        ];
        Reset();
        Fuzz.Run(
            2 << 20,
            files.Select((text, i) => (byte[])[(byte)i, .. Encoding.UTF8.GetBytes(text)]),
            (seed, rng) => [seed[0], .. Mutator.Json(seed[1..], rng)],
            bytes =>
            {
                _scratch.Write(names[bytes[0]], bytes[1..]);
                try
                {
                    RunRecord run = RunRecord.Read(_scratch.Folder);
                    Assert.NotEmpty(RunReport.Render(run));
                    Assert.NotNull(RunRow.Of(run, _scratch.Folder));
                    EventFile.Write(run);
                }
                finally
                {
                    _scratch.Write(names[bytes[0]], files[bytes[0]]);
                }
            });

        void Reset()
        {
            foreach ((int i, string text) in files.Index())
            {
                _scratch.Write(names[i], text);
            }
        }
    }

    [Fact]
    public void Damaged_state_gives_a_state_or_a_named_error()
    {
        Parameter[] parameters = [.. TinyModels.Vit().Parameters().Select(p => p.Parameter).Take(3)];
        foreach (Parameter parameter in parameters)
        {
            parameter.Trainable = true;
        }

        var optimizer = new Adam(parameters, 1e-3);
        new TrainingState { Epoch = 1, Step = 2, LossSum = 1.5, Correct = 3, Seen = 4 }.Save(_scratch.Folder, parameters, optimizer);
        string path = TrainingState.File(_scratch.Folder);
        byte[] seed = File.ReadAllBytes(path);
        int header = 8 + (int)BitConverter.ToInt64(seed);
        Fuzz.Run(
            256 << 10, [seed],
            (file, rng) => rng.Below(2) == 0
                ? [.. Mutator.Bytes(file[..header], rng), .. file[header..]]
                : Mutator.Json(file[8..header], rng) is var text ? [.. BitConverter.GetBytes((long)text.Length), .. text, .. file[header..]] : file,
            bytes =>
            {
                File.WriteAllBytes(path, bytes);
                TrainingState.Load(_scratch.Folder, parameters, optimizer);
            });
        _scratch.AllClosed();
    }

    [Fact]
    public void Damaged_preprocessing_gives_a_model_or_a_named_error()
    {
        VisionTransformer backbone = TinyModels.Vit();
        backbone.Save(_scratch["base"]);
        var classifier = new Classifier(backbone, ["a", "b"]);
        classifier.Initialize(1);
        new ExpressionModel(classifier, null, new Preprocessing { Size = 4 }, "../base").Save(_scratch["model"]);
        string config = File.ReadAllText(_scratch["model/adapter_config.json"]);
        int start = config.IndexOf('{', config.IndexOf("\"preprocessing\"", StringComparison.Ordinal)), end = config.IndexOf('}', start) + 1;
        Fuzz.Run(
            512 << 10, [Encoding.UTF8.GetBytes(config[start..end])], Mutator.Json,
            bytes =>
            {
                _scratch.Write("model/adapter_config.json", [.. Encoding.UTF8.GetBytes(config[..start]), .. bytes, .. Encoding.UTF8.GetBytes(config[end..])]);
                ExpressionModel.Load(_scratch["model"]);
            });
        _scratch.AllClosed();
    }
}
