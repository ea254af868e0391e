using System.Text;
using HkaFer.Adapters;
using HkaFer.Data;

namespace HkaFer.Training.Tests;

public class RecipeErrorTests
{
    // Where it stands, and what is said. The text is read as the file `r.yaml`.
    [Theory]
    [InlineData("trianing: {}", "r.yaml:1:1", "unknown key 'trianing'; did you mean 'training'?")]
    [InlineData("training:\n  epoch: 3", "r.yaml:2:3", "unknown key 'epoch' in training; did you mean 'epochs'?")]
    [InlineData("optimizer:\n  lr: 3", "r.yaml:2:3", "learning_rate")]
    [InlineData("backbone: {scratch: {widht: 3}}", "r.yaml:1:22", "did you mean 'width'?")]
    [InlineData("data: {kind: x}", "r.yaml:1:8", "unknown key 'kind' in data")]
    [InlineData("training:\n  epochs: many", "r.yaml:2:11", "training.epochs: expected a whole number, got 'many'")]
    [InlineData("training:\n  epochs: 1.5", "r.yaml:2:11", "expected a whole number")]
    [InlineData("training:\n  epochs: \"10\"", "r.yaml:2:11", "expected a whole number, got the text '10'")]
    [InlineData("training:\n  epochs: 99999999999", "r.yaml:2:11", "expected a whole number")]
    [InlineData("training:\n  epochs:", "r.yaml:2:10", "expected a whole number, got nothing")]
    [InlineData("training:\n  epochs: [1]", "r.yaml:2:11", "expected a whole number, got a list of 1")]
    [InlineData("training:\n  seed: -1", "r.yaml:2:9", "expected a whole number from 0")]
    [InlineData("training:\n  selection: lst", "r.yaml:2:14", "unknown value 'lst'; did you mean 'last'?")]
    [InlineData("training: 5", "r.yaml:1:11", "training: expected a section of keys, got '5'")]
    [InlineData("training: [5]", "r.yaml:1:11", "expected a section of keys, got a list of 1")]
    [InlineData("training:", "r.yaml:1:10", "expected a section of keys, got nothing")]
    [InlineData("optimizer:\n  learning_rate: .nan", "r.yaml:2:18", "expected a finite number")]
    [InlineData("optimizer:\n  learning_rate: NaN", "r.yaml:2:18", "expected a finite number")]
    [InlineData("optimizer:\n  learning_rate: 1e999", "r.yaml:2:18", "expected a finite number")]
    [InlineData("optimizer: {kind: sgd, nesterov: yes}", "r.yaml:1:34", "expected true or false, got 'yes'")]
    [InlineData("preprocessing: {mean: 0.5}", "r.yaml:1:23", "expected a list")]
    [InlineData("preprocessing: {mean: [a, b, c]}", "r.yaml:1:24", "preprocessing.mean[0]: expected a finite number")]
    [InlineData("preprocessing: {framing: crop}", "r.yaml:1:26", "unknown value 'crop'; known: squash, shortest_edge_crop, squash_crop")]
    [InlineData("data: {train: [a]}", "r.yaml:1:15", "expected text")]
    [InlineData("data: {train: ''}", "r.yaml:1:15", "data.train must not be empty")]
    [InlineData("augmentation: {crop_area: 0.5}", "r.yaml:1:27", "expected a pair")]
    [InlineData("augmentation: {crop_area: [1]}", "r.yaml:1:27", "expected a pair")]
    [InlineData("method: {sizes: [[32, 32], [32]]}", "r.yaml:1:28", "method.sizes[1]: expected a pair")]
    [InlineData("method: {sizes: [32, 32]}", "r.yaml:1:18", "method.sizes[0]: expected a pair")]
    [InlineData("method: {sizes: [[0, 32]]}", "r.yaml:1:17", "must be pairs of 1 to 65536; got [0, 32]")]
    [InlineData("training:\n  class_weights: ballanced", "r.yaml:2:18", "unknown value 'ballanced'; did you mean 'balanced'?")]
    [InlineData("training:\n  class_weights: [1, a]", "r.yaml:2:22", "training.class_weights[1]: expected a finite number, got 'a'")]
    [InlineData("training:\n  class_weights: {a: 1}", "r.yaml:2:18", "expected none, balanced or a list of numbers, one a class, got a mapping")]
    [InlineData("training:\n  class_weights:", "r.yaml:2:17", "expected none, balanced or a list of numbers, one a class, got nothing")]
    [InlineData("training:\n  ema: fast", "r.yaml:2:8", "expected a finite number, got 'fast'")]
    [InlineData("training:\n  patience: 1.5", "r.yaml:2:13", "expected a whole number")]
    [InlineData("data:\n  sampling: balance", "r.yaml:2:13", "unknown value 'balance'; did you mean 'balanced'?")]
    [InlineData("augmentation:\n  mixup: [0.2]", "r.yaml:2:10", "expected a finite number, got a list of 1")]
    [InlineData("- a\n- b", "r.yaml:1:1", "a recipe is a mapping of sections")]
    public void Unfit_value_is_named_with_line_and_column(string yaml, string place, string message) => Refused(yaml, place, message);

    [Theory]
    [InlineData("method: {kind: lora, router: sb}", "r.yaml:1:22", "unknown key 'router' in method of lora; it belongs to heka, hoka")]
    [InlineData("method:\n  kind: heka\n  rank: 8", "r.yaml:3:3", "unknown key 'rank' in method of heka; it belongs to lora")]
    [InlineData("method: {rank: 8}", "r.yaml:1:10", "of heka; it belongs to lora")]
    [InlineData("method: {kind: linear, beta: 2}", "r.yaml:1:24", "of linear; it belongs to heka, hoka, krona")]
    [InlineData("method: {kind: krona, router: sb}", "r.yaml:1:23", "of krona; it belongs to heka, hoka")]
    [InlineData("method: {kind: heca}", "r.yaml:1:16", "method: unknown kind 'heca'; did you mean 'heka'?")]
    [InlineData("method: {kind: [heka]}", "r.yaml:1:16", "method.kind: expected a name, got a list of 1")]
    [InlineData("method: {adapters: 3}", "r.yaml:1:20", "method.adapters must be 1, 2, 4 or 9, or `sizes` must list one [q, l] an adapter; got 3")]
    [InlineData("method: {adapters: 4, sizes: [[8, 8], [8, 16]]}", "r.yaml:1:20", "method.adapters is 4 but method.sizes lists 2")]
    [InlineData("method: {kind: hoka, sizes: [[8, 8], [8, 16]]}", "r.yaml:1:29", "must be all the same for hoka")]
    [InlineData("method: {kind: krona, sizes: [[8, 8], [8, 8]]}", "r.yaml:1:30", "the length of method.sizes must be from 0 to 1; got 2")]
    [InlineData("method: {targets: [qkv, qkv]}", "r.yaml:1:19", "names a layer twice")]
    [InlineData("optimizer: {kind: adam, momentum: 0.9}", "r.yaml:1:25", "unknown key 'momentum' in optimizer of adam; it belongs to sgd")]
    [InlineData("optimizer: {kind: sgd, momentum: 0, nesterov: true}", "r.yaml:1:47", "needs a momentum above 0")]
    [InlineData("schedule: {kind: cosine, gamma: 0.5}", "r.yaml:1:26", "it belongs to exponential, step")]
    [InlineData("schedule: {kind: cosine, minimum: 1}", "r.yaml:1:35", "schedule.minimum must be from 0 to 0.0001; got 1")]
    [InlineData("schedule: {warmup_steps: 5, warmup_epochs: 1}", "r.yaml:1:26", "excludes `warmup_epochs`")]
    [InlineData("schedule: {warmup_epochs: 61}", "r.yaml:1:27", "must be from 0 to 60; got 61")]
    [InlineData("training: {batch: 1}\naugmentation:\n  mixup: 0.2", "r.yaml:3:10", "training.batch is 1")]
    [InlineData("training: {batch: 1}\naugmentation:\n  cutmix: 1", "r.yaml:3:11", "training.batch is 1")]
    [InlineData("backbone: {folder: a, scratch: {width: 28, depth: 1, heads: 2}}", "r.yaml:1:32", "excludes `folder`")]
    [InlineData("backbone: {folder: a, save: b}", "r.yaml:1:29", "method heka does not change it")]
    [InlineData("backbone: {scratch: {width: 28, depth: 1}}", "r.yaml:1:21", "backbone.scratch: heads is missing")]
    [InlineData("backbone: {scratch: {width: 28, depth: 1, heads: 3}}", "r.yaml:1:50", "must divide the width 28; got 3")]
    [InlineData("backbone: {scratch: {width: 28, depth: 1, heads: 0}}", "r.yaml:1:50", "must be from 1 to 16384; got 0")]
    [InlineData(
        "backbone: {scratch: {width: 28, depth: 1, heads: 2}}\npreprocessing:\n  size: 225", "r.yaml:3:9", "must be a multiple of the patch 14; got 225")]
    public void Options_that_exclude_each_other_are_refused(string yaml, string place, string message) => Refused(yaml, place, message);

    [Theory]
    [InlineData("training: {epochs: 0}", "training.epochs must be from 1 to 100000; got 0")]
    [InlineData("training: {epochs: -3}", "training.epochs must be from 1")]
    [InlineData("training: {batch: 0}", "training.batch must be from 1")]
    [InlineData("training: {label_smoothing: 1}", "must be from 0 to below 1; got 1")]
    [InlineData("training: {clip: 0}", "training.clip must be above 0")]
    [InlineData("training: {accumulate: 0}", "training.accumulate must be from 1 to 65536; got 0")]
    [InlineData("training: {class_weights: [1, 0]}", "training.class_weights must each be above 0; got 0")]
    [InlineData("training: {class_weights: [1]}", "training.class_weights must be at least two")]
    [InlineData("training: {class_weights: []}", "training.class_weights must be at least two")]
    [InlineData("training: {ema: 0}", "training.ema must be above 0 and below 1, or null for none; got 0")]
    [InlineData("training: {ema: 1}", "training.ema must be above 0 and below 1")]
    [InlineData("training: {patience: 0}", "training.patience must be from 1 to 100000, or null for never; got 0")]
    [InlineData("augmentation: {mixup: -0.1}", "augmentation.mixup must be from 0 to 1000; got -0.1")]
    [InlineData("augmentation: {cutmix: 1001}", "augmentation.cutmix must be from 0 to 1000; got 1001")]
    [InlineData("data: {exclude: ' '}", "data.exclude must not be empty")]
    [InlineData("training: {eval_every: 0}", "training.eval_every")]
    [InlineData("training: {save_every: -1}", "training.save_every")]
    [InlineData("training: {eval_batch: 0}", "training.eval_batch")]
    [InlineData("backbone: {folder: b, dtype: bfloat16}\nmethod: full", "backbone.dtype")]
    [InlineData("optimizer: {learning_rate: -1e-3}", "optimizer.learning_rate must be above 0 and at most 1000; got -0.001")]
    [InlineData("optimizer: {learning_rate: 0}", "optimizer.learning_rate must be above 0")]
    [InlineData("optimizer: {weight_decay: -1}", "optimizer.weight_decay")]
    [InlineData("optimizer: {beta1: 1}", "optimizer.beta1 must be from 0 to below 1")]
    [InlineData("optimizer: {beta2: -0.1}", "optimizer.beta2")]
    [InlineData("optimizer: {epsilon: 0}", "optimizer.epsilon")]
    [InlineData("optimizer: {kind: sgd, momentum: 1}", "optimizer.momentum")]
    [InlineData("schedule: {gamma: 0}", "schedule.gamma must be above 0")]
    [InlineData("schedule: {kind: step, every: 0}", "schedule.every")]
    [InlineData("schedule: {warmup_start: 2}", "schedule.warmup_start")]
    [InlineData("schedule: {warmup_steps: -1}", "schedule.warmup_steps")]
    [InlineData("method: {adapters: 0}", "method.adapters must be from 1")]
    [InlineData("method: {group: 0}", "method.group")]
    [InlineData("method: {kind: lora, rank: 0}", "method.rank must be from 1")]
    [InlineData("method: {kind: lora, alpha: -1}", "method.alpha must be above 0")]
    [InlineData("method: {kind: dora, rank: 0}", "method.rank must be from 1")]
    [InlineData("method: {kind: lokr, decompose_factor: 0}", "method.decompose_factor must be from 1 to 65536, or -1")]
    [InlineData("augmentation: {flip: 1.1}", "augmentation.flip must be from 0 to 1; got 1.1")]
    [InlineData("augmentation: {rotation: 181}", "augmentation.rotation")]
    [InlineData("augmentation: {erasing: -1}", "augmentation.erasing")]
    [InlineData("augmentation: {crop_area: [0.9, 0.8]}", "augmentation.crop_area must be [low, high] within 0.01 to 1; got [0.9, 0.8]")]
    [InlineData("augmentation: {crop_aspect: [0, 1]}", "augmentation.crop_aspect")]
    [InlineData("augmentation: {erasing_area: [0, 2]}", "augmentation.erasing_area")]
    [InlineData("augmentation: {erasing_aspect: [1, 11]}", "augmentation.erasing_aspect")]
    [InlineData("preprocessing: {size: 0}", "preprocessing.size must be from 1 to 4096")]
    [InlineData("preprocessing: {framing: shortest_edge_crop, edge: 100}", "preprocessing.edge must be from 224 to 8192; got 100")]
    [InlineData("preprocessing: {mean: [1, 2]}", "preprocessing.mean must be three numbers; got 2")]
    [InlineData("preprocessing: {std: [1, 0, 1]}", "preprocessing.std must be three numbers above 0")]
    [InlineData("backbone: {scratch: {width: 99999, depth: 1, heads: 1}}", "backbone.scratch.width must be from 1 to 16384")]
    [InlineData("backbone: {scratch: {width: 28, depth: 1000, heads: 1}}", "backbone.scratch.depth")]
    [InlineData("backbone: {scratch: {width: 28, depth: 1, heads: 1, channels: 1}}", "backbone.scratch.channels must be from 3 to 3")]
    [InlineData("backbone: {scratch: {width: 28, depth: 1, heads: 1, image_size: 7}}", "backbone.scratch.image_size must be from 14")]
    [InlineData("backbone: {scratch: {width: 28, depth: 1, heads: 1, mlp_ratio: 0}}", "backbone.scratch.mlp_ratio")]
    [InlineData("backbone: {scratch: {width: 28, depth: 1, heads: 1, norm_epsilon: 1}}", "backbone.scratch.norm_epsilon")]
    public void Value_out_of_range_is_refused(string yaml, string message) => Refused(yaml, "r.yaml:1:", message);

    [Theory]
    [InlineData("training:\n  epochs: 1\n  batch: 2\n  epochs: 3", "r.yaml:4:3", "key 'epochs' stands twice; first in line 2")]
    [InlineData("data: &x {train: a}", "r.yaml:1:7", "anchors (&) and aliases (*) are not allowed")]
    [InlineData("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", "r.yaml:1:4", "anchors (&) and aliases (*)")]
    [InlineData("data: {train: *x}", "r.yaml:1:15", "anchors (&) and aliases (*)")]
    [InlineData("data: {train: !!str a}", "r.yaml:1:15", "tags (!) are not allowed")]
    [InlineData("data: {train: a}\n---\ndata: {train: b}", "r.yaml:2:1", "more than one document")]
    [InlineData("? [a]\n: b", "r.yaml:1:3", "a key must be text")]
    [InlineData("data: {train: a", "r.yaml:2:1", "is not YAML")]
    [InlineData("data: faces:", "r.yaml:1:12", "quote text that")]
    [InlineData("method:\n  sizes: [[1, 2]\ntraining: a", "r.yaml:2:", "a bracket that is not closed")]
    [InlineData("data:\n\ttrain: a", "r.yaml:2:", "is not YAML")]
    [InlineData("data: a: b", "r.yaml:1:", "is not YAML")]
    [InlineData("data: \"\\uZZZZ\"", "r.yaml:1:", "is not YAML")]
    [InlineData("data: \"a", "r.yaml:1:", "is not YAML")]
    [InlineData("%YAML 9.9\n---\na: b", "r.yaml:1:", "is not YAML")]
    public void Yaml_beyond_a_recipe_is_refused(string yaml, string place, string message) => Refused(yaml, place, message);

    [Theory]
    [InlineData("[", "nested more than 16 deep")]
    [InlineData("{a: ", "nested more than 16 deep")]
    [InlineData("- ", "nested more than 16 deep")]
    public void Deep_nesting_is_refused(string piece, string message) =>
        Refused(string.Concat(Enumerable.Repeat(piece, 100_000)), "r.yaml:1:", message);

    [Theory]
    [InlineData("epochs", "--set epochs: expected KEY=VALUE")]
    [InlineData("=3", "--set =3: expected KEY=VALUE")]
    [InlineData("training.epoch=3", "--set training.epoch: unknown key 'epoch' in training; did you mean 'epochs'?")]
    [InlineData("training.epochs=0", "--set training.epochs: training.epochs must be from 1")]
    [InlineData("training.epochs=x", "--set training.epochs: expected a whole number, got 'x'")]
    [InlineData("training.epochs=", "--set training.epochs: expected a whole number, got nothing")]
    [InlineData("training.epochs.x=1", "--set training.epochs.x: 'epochs' is a value and has no keys below it")]
    [InlineData("seed=2", "--set seed: unknown key 'seed'; did you mean data.seed or training.seed?")]
    [InlineData("training.held_out=0.1", "--set training.held_out: unknown key 'held_out' in training; did you mean data.held_out?")]
    [InlineData("rank=3", "--set rank: unknown key 'rank'; did you mean method.rank?")]
    [InlineData("epochs=3", "--set epochs: unknown key 'epochs'; did you mean training.epochs?")]
    [InlineData("a.b.c=1", "unknown key 'a'")]
    [InlineData("..=1", "unknown key ''")]
    [InlineData("method.rank=3", "--set method.rank: unknown key 'rank' in method of heka; it belongs to lora")]
    [InlineData("method.sizes=[[1, 2", "--set method.sizes:2:1: is not YAML")]
    [InlineData("method.sizes=[1, 2]", "--set method.sizes: method.sizes[0]: expected a pair")]
    [InlineData("method=heca", "--set method: unknown kind 'heca'")]
    [InlineData("schedule=", "--set schedule: unknown kind ''")]
    [InlineData("data.train=", "--set data.train: data.train must not be empty")]
    public void Bad_override_is_named(string set, string message)
    {
        var error = Assert.Throws<HkaFerException>(() => Recipe.Parse("", "r.yaml", [set]));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("backbone: x", "data.train is missing")]
    [InlineData("data: 'faces:'", "backbone is missing")]
    [InlineData("data: {train: 'faces:', valid: a}\nbackbone: {save: x}\nmethod: full", "backbone is missing")]
    [InlineData("data: facse:x\nbackbone: x", "1:7: data.train: unknown kind 'facse'")]
    [InlineData("data: faces:?sed=1\nbackbone: x", "faces has no key 'sed'")]
    [InlineData("data: no-such-folder\nbackbone: x", "is neither a folder")]
    [InlineData("data: 'ferplus:x?labels=multitarget'\nbackbone: x\naugmentation: {mixup: 0.2}", "1:7: data.train: labels=multitarget excludes")]
    public void Recipe_to_train_with_must_be_complete(string yaml, string message)
    {
        using var file = new TemporaryFile(Encoding.UTF8.GetBytes(yaml));

        var error = Assert.Throws<HkaFerException>(() => Recipe.Load(file.Path));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unreadable_file_is_named()
    {
        using var large = new TemporaryFile(new byte[(1 << 20) + 1]);
        using var binary = new TemporaryFile([0xFF, 0xFE, 0x00, 0x80]);
        Assert.Contains("is larger than 1 MiB", Message(large.Path), StringComparison.Ordinal);
        Assert.Contains("is not UTF-8", Message(binary.Path), StringComparison.Ordinal);
        Assert.Contains("no-such.yaml: there is no such recipe; give the path", Message("no-such.yaml"), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Message(AppContext.BaseDirectory), StringComparison.Ordinal);

        static string Message(string path) => Assert.Throws<HkaFerException>(() => Recipe.Load(path)).Message;
    }

    [Fact]
    public void Recipe_made_in_code_is_checked_the_same()
    {
        (Recipe.Paper with { Epochs = 3 }).Check();
        var error = Assert.Throws<HkaFerException>(() => (Recipe.Paper with { Epochs = 0 }).Check());
        Assert.Equal("recipe: training.epochs must be from 1 to 100000; got 0", error.Message);
        Assert.Throws<HkaFerException>(() => (Recipe.Paper with { Method = new HeKA { Beta = double.NaN } }).Check());
        Assert.Throws<HkaFerException>(() => (Recipe.Paper with { Augmentation = new Augmentation { Flip = double.NaN } }).Check());
        Assert.Throws<HkaFerException>(() => (Recipe.Paper with { Data = new() { Train = "half \ud800" } }).Check());
        Assert.Throws<HkaFerException>(() => (Recipe.Paper with { Preprocessing = new Preprocessing { Std = [1] } }).Check());
    }

    private static void Refused(string yaml, string place, string message)
    {
        var error = Assert.Throws<HkaFerException>(() => Recipe.Parse(yaml, "r.yaml"));
        Assert.StartsWith(place, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }
}
