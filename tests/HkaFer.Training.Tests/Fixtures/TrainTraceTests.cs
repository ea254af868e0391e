using System.Text.Json;
using HkaFer.Adapters;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

/// <summary>Pins real training: logits and all gradients of the first steps, then the losses of every step and the final weights.</summary>
public sealed class TrainTraceTests
{
    public static TheoryData<string> Cases => Fixtures.Of("train-trace");

    [Theory]
    [Trait("Category", "Fixtures")]
    [MemberData(nameof(Cases))]
    public void Train_trace_matches_the_reference(string path)
    {
        FixtureCase dump = Fixtures.Open(path);
        string method = dump.Config.GetProperty("method").GetString()!;
        var backbone = VisionTransformer.Load(Path.Combine(dump.Folder, dump.Config.GetProperty("base").GetString()!));
        var model = new Classifier(backbone, [.. Enumerable.Range(0, dump.Tensor("initial.head.bias").Shape[0]).Select(i => $"class {i}")]);
        Adapter? adapter = Prepare(model, dump.Config, method);
        Dictionary<string, Parameter> named = Named(model, adapter, method);
        foreach ((string name, Parameter parameter) in named.Where(p => dump.Has("initial." + p.Key)))
        {
            parameter.Value = Tensor.From<float>(dump.Tensor("initial." + name).Floats(), parameter.Shape).Keep();
        }

        Parameter[] trainable = [.. named.Values.Where(p => p.Trainable)];
        Assert.Equal(dump.Expect.GetProperty("trainable").GetInt64(), trainable.Sum(p => p.Shape.Count));

        Optimizer optimizer = MakeOptimizer(dump.Config, trainable);
        JsonElement schedule = dump.Config.GetProperty("schedule");
        var rates = new StepSchedule { Every = schedule.GetProperty("every").GetInt32(), Gamma = schedule.GetProperty("gamma").GetDouble() };
        double[] losses = [.. dump.Expect.GetProperty("losses").EnumerateArray().Select(v => v.GetDouble())];
        double rate = optimizer.LearningRate;
        for (int step = 0; step < losses.Length; step++)
        {
            using IDisposable region = Tape.Step();
            Tensor logits = model.Forward(Pixels(dump, $"batch.{step}.pixel_values"));
            int[] labels = [.. dump.Tensor($"batch.{step}.labels").Longs().Select(l => (int)l)];
            Tensor loss = Ops.CrossEntropy(logits, labels);
            Near.Relative([losses[step]], [loss.Item()], dump.Tolerance("loss", 2e-4), $"loss of step {step}");
            if (dump.Has($"logits.{step}"))
            {
                Near.Relative(dump.Tensor($"logits.{step}").Doubles(), logits.ToDoubles(), dump.Tolerance("logits", 1e-3), $"logits of step {step}");
            }

            loss.Backward();
            CheckGradients(dump, step, named);
            optimizer.LearningRate = rates.RateAt(rate, step, 1, losses.Length);
            optimizer.Step();
            optimizer.ZeroGrad();
        }

        foreach ((string name, Parameter parameter) in named.Where(p => dump.Has("final." + p.Key)))
        {
            Near.Relative(dump.Tensor("final." + name).Doubles(), parameter.Value.ToDoubles(), dump.Tolerance("final", 2e-3), $"final {name}");
        }

        CheckFused(dump, "final", named, parameter => parameter.Value, dump.Tolerance("final", 2e-3), 0);
        using IDisposable last = Tape.Step();
        Near.Relative(
            dump.Tensor("eval.logits").Doubles(), model.Forward(Pixels(dump, "eval.pixel_values")).ToDoubles(), dump.Tolerance("logits", 1e-3), "eval logits");
    }

    private static void CheckGradients(FixtureCase dump, int step, Dictionary<string, Parameter> named)
    {
        string prefix = $"grad.{step}.";
        if (!dump.Names.Any(name => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            return;
        }

        // Gradients that are rounding noise around zero (those of key biases) are compared with the largest of the case.
        double floor = 0.01 * dump.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Max(name => dump.Tensor(name).Doubles().Max(Math.Abs));
        double tolerance = dump.Tolerance("grad", 1e-3);
        foreach ((string name, Parameter parameter) in named.Where(p => dump.Has(prefix + p.Key)))
        {
            double[] expected = dump.Tensor(prefix + name).Doubles();
            Near.Relative(expected, parameter.Value.Grad?.ToDoubles() ?? new double[expected.Length], tolerance, $"gradient of {name} at step {step}", floor);
        }

        CheckFused(dump, $"grad.{step}", named, parameter => parameter.Value.Grad!, tolerance, floor);
    }

    /// <summary>Full fine-tuning: the dump has query, key and value apart, the model has them as one.</summary>
    private static void CheckFused(
        FixtureCase dump, string kind, Dictionary<string, Parameter> named, Func<Parameter, Tensor> of, double tolerance, double floor)
    {
        foreach ((string name, Parameter parameter) in named.Where(p => p.Key.StartsWith("base.", StringComparison.Ordinal) && p.Key.Contains(".qkv.", StringComparison.Ordinal)))
        {
            double[] joined = [.. ((string[])["query", "key", "value"]).SelectMany(part =>
                dump.Tensor($"{kind}.{name.Replace(".qkv.", $".{part}.", StringComparison.Ordinal)}").Doubles())];
            Near.Relative(joined, of(parameter).ToDoubles(), tolerance, $"{kind} {name}", floor);
        }
    }

    private static Adapter? Prepare(Classifier model, JsonElement config, string method)
    {
        switch (method)
        {
            case "full":
                model.TrainAll();
                return null;
            case "linear":
                model.TrainHeadOnly();
                return null;
            case "lora":
                return model.Adapt(new LoRA { Rank = config.GetProperty("rank").GetInt32(), Alpha = config.GetProperty("alpha").GetDouble() });
            default:
                return model.Adapt(new HeKA
                {
                    Sizes = [.. config.GetProperty("sizes").EnumerateArray().Select(pair => (pair[0].GetInt32(), pair[1].GetInt32()))],
                    Router = Routers.Parse(config.GetProperty("router").GetString()!, "case"),
                    Beta = config.GetProperty("beta").GetDouble(),
                });
        }
    }

    private static Optimizer MakeOptimizer(JsonElement config, IReadOnlyList<Parameter> parameters)
    {
        double rate = config.GetProperty("learning_rate").GetDouble(), decay = config.GetProperty("weight_decay").GetDouble();
        return config.GetProperty("optimizer").GetString() == "adamw"
            ? new AdamW(parameters, rate, weightDecay: decay)
            : new Adam(parameters, rate, weightDecay: decay);
    }

    /// <summary>The dump's names: BLOCK.LAYER.tensor for adapters, head.* and base.* (names of the checkpoint).</summary>
    private static Dictionary<string, Parameter> Named(Classifier model, Adapter? adapter, string method)
    {
        var named = new Dictionary<string, Parameter> { ["head.weight"] = model.Head.Weight, ["head.bias"] = model.Head.Bias };
        foreach (AdapterLayer layer in adapter?.Layers ?? [])
        {
            string[] path = layer.LayerPath.Split('.');
            string last = path[^1] == "dense" ? "proj" : path[^1];
            foreach ((string name, Parameter parameter) in layer.Parameters())
            {
                named.Add($"{path[2]}.{last}.{name}", parameter);
            }
        }

        if (method == "full")
        {
            foreach ((string path, Parameter parameter) in model.Backbone.Parameters())
            {
                named.Add("base." + path, parameter);
            }
        }

        return named;
    }

    private static Tensor Pixels(FixtureCase dump, string name)
    {
        FixtureTensor tensor = dump.Tensor(name);
        return Tensor.From<float>(tensor.Floats(), Shape.Create(tensor.Shape));
    }
}
