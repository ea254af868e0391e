using System.Text.Json;
using HkaFer.Adapters;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

/// <summary>Pins training on CLIP at the paper's temperature, with fixed texts and with learnable context.</summary>
public sealed class ClipTraceTests
{
    public static TheoryData<string> Cases => Fixtures.Of("clip-trace");

    [Theory]
    [Trait("Category", "Fixtures")]
    [MemberData(nameof(Cases))]
    public void Clip_trace_matches_the_reference(string path)
    {
        FixtureCase dump = Fixtures.Open(path);
        JsonElement config = dump.Config;
        ClipClassifier model = Model(dump);
        Adapter adapter = model.Adapt(new HeKA
        {
            Sizes = [.. config.GetProperty("sizes").EnumerateArray().Select(pair => (pair[0].GetInt32(), pair[1].GetInt32()))],
            Router = Routers.Parse(config.GetProperty("router").GetString()!, "case"),
            Beta = config.GetProperty("beta").GetDouble(),
        });
        Dictionary<string, Parameter> named = Named(model, adapter);
        foreach ((string name, Parameter parameter) in named)
        {
            parameter.Value = Tensor.From<float>(dump.Tensor("initial." + name).Floats(), parameter.Shape).Keep();
        }

        Parameter[] trainable = [.. model.Parameters().Select(p => p.Parameter).Where(p => p.Trainable), .. adapter.Parameters().Select(p => p.Parameter)];
        Assert.Equal(dump.Expect.GetProperty("trainable").GetInt64(), trainable.Sum(p => p.Shape.Count));
        Optimizer optimizer = new Adam(
            trainable, config.GetProperty("learning_rate").GetDouble(), weightDecay: config.GetProperty("weight_decay").GetDouble());
        foreach ((int step, JsonElement loss) in dump.Expect.GetProperty("losses").EnumerateArray().Index())
        {
            Step(dump, model, named, step, loss.GetDouble());
            optimizer.Step();
            optimizer.ZeroGrad();
        }

        foreach ((string name, Parameter parameter) in named)
        {
            Near.Relative(dump.Tensor("final." + name).Doubles(), parameter.Value.ToDoubles(), dump.Tolerance("final", 2e-3), $"final {name}");
        }

        using IDisposable last = Tape.Step();
        Near.Relative(
            dump.Tensor("out.text_embeds").Doubles(), model.Head.Current().ToDoubles(), dump.Tolerance("final", 2e-3), "text embeddings after the last step");
    }

    private static void Step(FixtureCase dump, ClipClassifier model, Dictionary<string, Parameter> named, int step, double expected)
    {
        using IDisposable region = Tape.Step();
        Tensor logits = model.Forward(dump.Float($"batch.{step}.pixel_values"));
        Tensor loss = Ops.CrossEntropy(logits, [.. dump.Tensor($"batch.{step}.labels").Longs().Select(l => (int)l)]);
        Near.Relative([expected], [loss.Item()], dump.Tolerance("loss", 5e-4), $"loss of step {step}");
        if (dump.Has($"logits.{step}"))
        {
            Near.Relative(dump.Tensor($"logits.{step}").Doubles(), logits.ToDoubles(), dump.Tolerance("logits", 1e-3), $"logits of step {step}");
        }

        loss.Backward();
        string prefix = $"grad.{step}.";
        string[] gradients = [.. dump.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))];
        double floor = gradients.Length == 0 ? 0 : 0.01 * gradients.Max(name => dump.Tensor(name).Doubles().Max(Math.Abs));
        foreach (string name in gradients)
        {
            double[] gradient = dump.Tensor(name).Doubles();
            Near.Relative(
                gradient, named[name[prefix.Length..]].Value.Grad?.ToDoubles() ?? new double[gradient.Length], dump.Tolerance("grad", 3e-3), $"{dump.Name} {name}", floor);
        }
    }

    /// <summary>The dump's texts hold placeholders after the start token, in the places of the context.</summary>
    private static ClipClassifier Model(FixtureCase dump)
    {
        string folder = Path.Combine(dump.Folder, "checkpoint");
        int context = dump.Config.GetProperty("context_tokens").GetInt32(), classes = dump.Config.GetProperty("classes").GetInt32();
        FixtureTensor ids = dump.Tensor("input_ids");
        int[][] rows = [.. ids.Longs().Select(id => (int)id).Chunk(ids.Shape[1])];
        var texts = new ClipClassTexts(ClipTextEncoder.Load(folder), [.. rows.Select(row => (int[][])[[row[0], .. row[(1 + context)..]]])]);
        using IDisposable paused = Tape.NoGrad();
        var head = new ClipTextHead(texts, texts.Embed().Keep(), dump.Config.GetProperty("temperature").GetDouble(), context);
        return new ClipClassifier(ClipImageEncoder.Load(folder, out _), [.. Enumerable.Range(0, classes).Select(i => $"class {i}")], head);
    }

    /// <summary>The dump's names: BLOCK.LAYER.tensor for adapters, and context.</summary>
    private static Dictionary<string, Parameter> Named(ClipClassifier model, Adapter adapter)
    {
        var named = new Dictionary<string, Parameter>();
        foreach (AdapterLayer layer in adapter.Layers)
        {
            string[] path = layer.LayerPath.Split('.');
            foreach ((string name, Parameter parameter) in layer.Parameters())
            {
                named.Add($"{path[Array.IndexOf(path, "layers") + 1]}.{path[^1]}.{name}", parameter);
            }
        }

        if (model.Head.Context is { } context)
        {
            named.Add("context", context);
        }

        return named;
    }
}
