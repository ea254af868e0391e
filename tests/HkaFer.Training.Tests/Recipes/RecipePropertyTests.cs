using System.Text;
using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training.Tests;

public class RecipePropertyTests
{
    private static readonly string[] s_texts =
        ["a", "null", "true", "1e3", "~", "- x", "a: b", "a #b", "C:\\data", "faces:?seed=1&count=7", " lead", "tail ", "\t\n\r",
         "'", "\"", "☺ Ünï", "\U0001F600", "\u2028\u0085\u200b\ufeff", "{x}", "*a", "&a", "!t", "%", "@", "`", "a\\b", "---", "\u0001\u007f", "日本 語", "<<", "=", "0x10", "012"];

    [Fact]
    public void Written_recipe_reads_back_equal()
    {
        var rng = new Rng(1);
        for (int i = 0; i < 500; i++)
        {
            Recipe recipe = Draw(rng);
            recipe.Check();
            string yaml = recipe.ToYaml();

            Recipe back = Recipe.Parse(yaml);
            Assert.Equal(yaml, back.ToYaml());
            // The text is what equality goes by, so the values that matter are compared on their own too.
            Assert.Equal((recipe.Data, recipe.Optimizer, recipe.Schedule, recipe.Training), (back.Data, back.Optimizer, back.Schedule, back.Training));
            Assert.Equal((recipe.Backbone, recipe.Augmentation, recipe.Preprocessing), (back.Backbone, back.Augmentation, back.Preprocessing));
            Assert.Equal(recipe.Method.Kind, back.Method.Kind);
            Assert.Equal((recipe.Method.Adapter as KroneckerConfig)?.Sizes, (back.Method.Adapter as KroneckerConfig)?.Sizes);
            Assert.Equal((recipe.Method.Adapter as KroneckerConfig)?.EffectiveRouter, (back.Method.Adapter as KroneckerConfig)?.EffectiveRouter);
            Assert.Equal((recipe.Method.Adapter as LowRankConfig)?.Scale, (back.Method.Adapter as LowRankConfig)?.Scale);
            Assert.Equal((recipe.Method.Adapter as LoKr)?.Scale, (back.Method.Adapter as LoKr)?.Scale);
            Assert.Equal((recipe.Method.Adapter as LoKr)?.DecomposeFactor, (back.Method.Adapter as LoKr)?.DecomposeFactor);
            Assert.Equal((recipe.Method.Adapter as LoKr)?.DecomposeBoth, (back.Method.Adapter as LoKr)?.DecomposeBoth);
            Assert.Equal(recipe.Method.Adapter?.Targets, back.Method.Adapter?.Targets);
        }
    }

    [Fact]
    public void Recipe_made_in_code_keeps_every_method_when_another_key_is_changed()
    {
        var rng = new Rng(3);
        for (int i = 0; i < 500; i++)
        {
            Recipe recipe = Recipe.Paper with { Method = Method(rng) };
            recipe.Check();

            Recipe changed = recipe.With("training.seed=7");
            Assert.Equal(recipe with { Training = recipe.Training with { Seed = 7 } }, changed);
            Assert.Equal(changed, Recipe.Parse(changed.ToYaml()));
        }
    }

    [Fact]
    public void Sizes_given_to_a_recipe_made_in_code_decide_unless_adapters_are_given_too()
    {
        Recipe two = Recipe.Paper.With("method.sizes=[[8, 16], [16, 8]]");
        Assert.Equal(2, ((HeKA)two.Method.Adapter!).Count);
        Assert.Contains("  adapters: 2\n", two.ToYaml(), StringComparison.Ordinal);
        string message = Assert.Throws<HkaFerException>(() => two.With("method.adapters=4")).Message;
        Assert.Equal("--set method.adapters: method.adapters is 4 but method.sizes lists 2; give one of them, or as many sizes", message);
    }

    [Fact]
    public void Different_recipes_are_not_equal()
    {
        Assert.NotEqual(Recipe.Paper, Recipe.Paper with { Epochs = 59 });
        Assert.NotEqual(Recipe.Paper, Recipe.Paper with { Method = MethodSettings.KronA });
        Assert.NotEqual(Recipe.Paper, Recipe.Paper with { Augmentation = null });
        Assert.Equal(Recipe.Paper, Recipe.Paper with { Method = new HeKA { Router = Router.DualBranch } });
    }

    [Fact]
    public void Damaged_text_is_a_recipe_or_a_named_error()
    {
        var rng = new Rng(2);
        const string Odd = "{}[]:,&*!|>'\"%@`#-?~\n\t \\\0\ud83dxé1";
        for (int i = 0; i < 3000; i++)
        {
            var text = new StringBuilder(Draw(rng).ToYaml());
            for (int n = rng.Below(4); n >= 0; n--)
            {
                int at = rng.Below(text.Length), length = Math.Min(rng.Below(12), text.Length - at);
                _ = rng.Below(3) switch
                {
                    0 => text.Remove(at, length),
                    1 => text.Insert(at, Odd[rng.Below(Odd.Length)]),
                    _ => text.Insert(rng.Below(text.Length), text.ToString(at, length)),
                };
            }

            try
            {
                Recipe.Parse(text.ToString()).Check();
            }
            catch (HkaFerException e)
            {
                Assert.StartsWith("recipe", e.Message, StringComparison.Ordinal);
            }
        }
    }

    private static Recipe Draw(Rng rng)
    {
        MethodSettings method = Method(rng);
        OptimizerSettings optimizer = rng.Below(3) switch
        {
            0 => new AdamSettings { LearningRate = Number(rng), Beta1 = rng.Uniform(), Epsilon = Number(rng) },
            1 => new AdamWSettings { WeightDecay = Number(rng), Beta2 = rng.Uniform() },
            _ => new SgdSettings { Momentum = 0.5, Nesterov = rng.Below(2) == 0 },
        };
        Schedule schedule = rng.Below(4) switch
        {
            0 => new ConstantSchedule { WarmupSteps = rng.Below(1000) },
            1 => new ExponentialSchedule { Gamma = Number(rng), WarmupEpochs = rng.Uniform() },
            2 => new StepSchedule { Every = 1 + rng.Below(50), WarmupStart = rng.Uniform() },
            _ => new CosineSchedule { Minimum = optimizer.LearningRate * rng.Uniform() },
        };
        bool scratch = rng.Below(2) == 0;
        return new Recipe
        {
            Data = new() { Train = Text(rng), Valid = Text(rng), Test = Text(rng), Exclude = Text(rng), Sampling = (Sampling)rng.Below(2) },
            Backbone = new()
            {
                Folder = scratch ? null : Text(rng),
                Scratch = scratch
                    ? new VitConfig { Width = 64, Depth = 1 + rng.Below(9), Heads = 4, SwiGlu = rng.Below(2) == 0, MlpRatio = 1 + rng.Uniform() }
                    : null,
                Save = scratch || method.TrainsBackbone ? Text(rng) : null,
            },
            Method = method,
            Optimizer = optimizer,
            Schedule = schedule,
            Training = new()
            {
                Epochs = 1 + rng.Below(100),
                Clip = rng.Below(2) == 0 ? null : Number(rng),
                Seed = rng.Next(),
                Selection = (ModelSelection)rng.Below(2),
                LabelSmoothing = rng.Uniform(),
                Accumulate = 1 + rng.Below(9),
                ClassWeights = rng.Below(3) switch { 0 => ClassWeights.None, 1 => ClassWeights.Balanced, _ => ClassWeights.Of(Number(rng), 1, Number(rng)) },
                Ema = rng.Below(2) == 0 ? null : 0.5 * Number(rng),
                Patience = rng.Below(2) == 0 ? null : 1 + rng.Below(9),
            },
            Augmentation = rng.Below(3) == 0
                ? null
                : new() { Flip = rng.Uniform(), ErasingArea = new(0, rng.Uniform()), Mixup = rng.Uniform(), Cutmix = rng.Below(3), Filter = (Resampling)rng.Below(4) },
            Preprocessing = new() { Size = 14 * (1 + rng.Below(20)), Mean = [(float)rng.Uniform(), 0, -1], Framing = Framing.Squash },
        };
    }

    private static MethodSettings Method(Rng rng) => rng.Below(8) switch
    {
        0 => new HeKA
        {
            Adapters = 9, Router = rng.Below(2) == 0 ? null : (Router)rng.Below(4), Beta = rng.Normal(), Pooling = (Pooling)rng.Below(2),
        },
        1 => new HeKA
        {
            Adapters = 1 + rng.Below(9),
            Sizes = [.. Enumerable.Range(0, 1 + rng.Below(5)).Select(_ => (1 + rng.Below(99), 1 + rng.Below(99)))],
            Targets = ["mlp.fc1", "1"],
        },
        2 => new HoKA { Adapters = 1 + rng.Below(9), Sizes = [.. Enumerable.Repeat((8, 4), rng.Below(4))], NormalInit = rng.Below(2) == 0 },
        3 => MethodSettings.KronA,
        4 => new LoRA { Rank = 1 + rng.Below(64), Alpha = rng.Below(2) == 0 ? null : Number(rng) },
        5 => new DoRA { Rank = 1 + rng.Below(64), RankStabilized = rng.Below(2) == 0, Alpha = Number(rng) },
        6 => new LoKr { Rank = 1 + rng.Below(64), DecomposeFactor = rng.Below(2) == 0 ? -1 : 1 + rng.Below(64), DecomposeBoth = rng.Below(2) == 0 },
        _ => rng.Below(2) == 0 ? MethodSettings.Full : MethodSettings.Linear,
    };

    // Of all magnitudes that a setting can have.
    private static double Number(Rng rng) => Math.Pow(10, -9 * rng.Uniform());

    private static string? Text(Rng rng)
    {
        string text = string.Concat(Enumerable.Range(0, rng.Below(4)).Select(_ => s_texts[rng.Below(s_texts.Length)]));
        return text.Trim().Length == 0 ? null : text;
    }
}
