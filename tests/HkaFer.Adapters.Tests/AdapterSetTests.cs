using System.Text.Json.Nodes;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;
using static HkaFer.Adapters.Tests.AdapterKinds;

namespace HkaFer.Adapters.Tests;

public class AdapterSetTests
{
    private static readonly string[] s_seven = ["surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral"];

    /// <summary>5 tokens, and 50: more than the last block computes where no head of the batch reads patches.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(14)]
    public void Image_of_a_mixed_batch_gets_the_logits_that_it_gets_alone(int side)
    {
        using var scratch = new Scratch();
        AdapterSet set = Set(scratch, out Dictionary<string, (Classifier Model, Adapter? Adapter)> alone);
        string[] names = ["heka", "lora", "probe", "dora", "heka", "lokr", "bias", "lora", "heka on value"];
        Tensor pixels = TinyModels.Pixels(names.Length, side, side);
        IReadOnlyList<float[]> mixed = set.Logits(pixels, names);
        for (int i = 0; i < names.Length; i++)
        {
            Tensor image = pixels.Slice(0, i, 1);
            float[] own = set.Logits(image, names[i])[0], expected = alone[names[i]].Model.Forward(image).ToFloats();
            Assert.Equal(names[i] == "heka" ? 7 : 3, own.Length);
            Near.Relative(expected, own, 1e-5, $"{names[i]}, as one model");
            Near.Relative(own, mixed[i], 1e-5, $"{names[i]} of image {i}");
        }

        // The adapters do differ: of one image each says something else.
        IReadOnlyList<float[]> same = set.Logits(Ops.Expand(pixels.Slice(0, 0, 1), [4, 3, side, side]), ["lora", "dora", "lokr", "probe"]);
        Assert.Equal(4, same.Select(logits => string.Join(' ', logits)).Distinct().Count());
    }

    [Fact]
    public void Set_on_clip_mixes_text_heads_and_linear_ones()
    {
        // One adapter stands beside the projection as well, which comes after the tokens; the text heads differ in classes and temperature.
        using var scratch = new Scratch();
        var config = new ClipVisionConfig { Width = 32, Depth = 2, Heads = 2, MlpWidth = 64, Patch = 4, ImageSize = 8 };
        ClipImageEncoder Encoder()
        {
            var encoder = new ClipImageEncoder(config, 16);
            encoder.Initialize(1);
            return encoder;
        }

        ImageClassifier[] models =
        [
            new ClipClassifier(Encoder(), Labels, new ClipTextHead(3, 16)),
            new ClipClassifier(Encoder(), s_seven, new ClipTextHead(7, 16, 0.05)),
            new Classifier(Encoder(), Labels),
        ];
        string[] names = ["texts", "projection", "linear"];
        var set = new AdapterSet(Encoder());
        foreach ((ImageClassifier model, string name) in models.Zip(names))
        {
            model.Head.Initialize(7);
            Adapter adapter = model.Adapt(new LoRA { Rank = 2, Targets = name == "projection" ? ["q_proj", "visual_projection"] : ["q_proj"] });
            foreach ((_, Parameter parameter) in adapter.Parameters())
            {
                parameter.Value = Init.Uniform(0.3).Draw(parameter.Shape, 3, parameter.Path + name);
            }

            JsonObject? extras = model.Head is ClipTextHead head
                ? new JsonObject { ["text"] = new JsonObject { ["temperature"] = head.Temperature, ["prompts"] = new JsonArray() } } : null;
            AdapterFile.Save(scratch[name], model, adapter, "base", extras);
            set.Add(name, scratch[name]);
        }

        string[] asked = ["projection", "texts", "linear", "texts", "projection"];
        Tensor pixels = Init.Normal(1).Draw([5, 3, 8, 8], 5, "pixels");
        IReadOnlyList<float[]> mixed = set.Logits(pixels, asked);
        for (int i = 0; i < asked.Length; i++)
        {
            float[] expected = models[Array.IndexOf(names, asked[i])].Forward(pixels.Slice(0, i, 1)).ToFloats();
            Near.Relative(expected, mixed[i], 1e-5, $"{asked[i]} of image {i}");
        }
    }

    [Fact]
    public void Memory_grows_by_adapters_and_heads_only()
    {
        using var scratch = new Scratch();
        AdapterSet set = Set(scratch, out _);
        ImageEncoder backbone = set.Backbone;
        long parameters = backbone.ParameterCount;
        Tensor[] weights = [.. backbone.Parameters().Select(p => p.Parameter.Value)];
        string hash = ModelHash.Of(backbone);

        for (int i = 0; i < 20; i++)
        {
            set.Add($"more {i}", scratch["heka"]);
        }

        set.Logits(TinyModels.Pixels(4), ["more 1", "heka", "more 19", "lora"]);
        HashSet<Tensor> held = new(ReferenceEqualityComparer.Instance);
        foreach (AdaptedModel model in set.Models.Values)
        {
            held.UnionWith(model.Classifier.Parameters().Concat(model.Adapter?.Parameters() ?? []).Select(p => p.Parameter.Value));
        }

        Assert.Equal(parameters + set.Models.Values.Sum(m => m.AddedParameters), held.Sum(tensor => tensor.Count));
        Assert.All(set.Models.Values, model => Assert.InRange(model.AddedParameters, 1, parameters));
        Assert.All(set.Models.Values, model => Assert.Same(backbone, model.Classifier.Backbone));
        Assert.All(backbone.Parameters().Zip(weights), pair => Assert.Same(pair.Second, pair.First.Parameter.Value));
        Assert.Equal(parameters, backbone.ParameterCount);
        Assert.Equal(0, backbone.TrainableCount);
        Assert.Equal(hash, ModelHash.Of(backbone));
    }

    [Fact]
    public void Removed_adapter_leaves_the_others_and_the_backbone_as_they_were()
    {
        using var scratch = new Scratch();
        AdapterSet set = Set(scratch, out _);
        Tensor pixels = TinyModels.Pixels(2);
        IReadOnlyList<float[]> before = set.Logits(pixels, "lora");
        float[] bare = set.Backbone.Encode(pixels).ToFloats();
        set.Remove("heka");
        Assert.Equal(before, set.Logits(pixels, "lora"));
        Assert.Contains("there is no adapter 'heka'; there are bias, dora", Assert.Throws<HkaFerException>(() => set.Logits(pixels, "heka")).Message);
        foreach (string name in set.Models.Keys.ToArray())
        {
            set.Remove(name);
        }

        Assert.Equal(bare, set.Backbone.Encode(pixels).ToFloats());
        Assert.All(set.Backbone.Modules().Select(m => m.Module).OfType<Linear>(), l => Assert.Empty(l.Adapters));
    }

    [Fact]
    public void What_does_not_fit_is_refused_and_the_set_is_as_it_was()
    {
        using var scratch = new Scratch();
        AdapterSet set = Set(scratch, out _);
        Tensor pixels = TinyModels.Pixels(2);
        Refused("already", () => set.Add("lora", scratch["heka"]));
        Classifier other = Model(seed: 2);
        AdapterFile.Save(scratch["other"], other, Trained(other, "lora"), "base");
        Refused("another backbone", () => set.Add("other", scratch["other"]));
        Refused("a backbone of its own", () => set.Add("other", other, null));
        Refused("names for images", () => set.Logits(pixels, ["lora"]));
        Refused("there is no adapter 'x'", () => set.Logits(pixels, ["lora", "x"]));
        int count = set.Backbone.Modules().Select(m => m.Module).OfType<Linear>().Sum(l => l.Adapters.Count);
        Assert.Equal(set.Models.Values.Sum(m => m.Adapter?.Layers.Count() ?? 0), count);

        Adapter lora = set.Models["lora"].Adapter!;
        lora.Enabled = true;
        lora.Merge();
        Refused("'lora' is merged", () => set.Logits(pixels, "heka"));
        lora.Unmerge();
        lora.Enabled = false;
        Assert.Equal(2, set.Logits(pixels, "heka").Count);

        static void Refused(string expected, Action action) => Assert.Contains(expected, Assert.Throws<HkaFerException>(action).Message);
    }

    [Fact]
    public void Threads_choose_adapters_independently_while_others_come_and_go()
    {
        using var scratch = new Scratch();
        AdapterSet set = Set(scratch, out _);
        Tensor pixels = TinyModels.Pixels(2);
        string[] names = ["heka", "lora", "dora", "probe"];
        Dictionary<string, IReadOnlyList<float[]>> expected = names.ToDictionary(name => name, name => set.Logits(pixels, name));
        Parallel.For(0, 5, new ParallelOptions { MaxDegreeOfParallelism = 5 }, worker =>
        {
            for (int i = 0; i < 20; i++)
            {
                if (worker == 4)
                {
                    set.Add("passing", scratch["heka"]);
                    set.Remove("passing");
                }
                else
                {
                    Assert.Equal(expected[names[worker]], set.Logits(pixels, names[worker]));
                }
            }
        });
    }

    /// <summary>A set of every kind, loaded from files, and the same adapters each on a model of its own.</summary>
    private static AdapterSet Set(Scratch scratch, out Dictionary<string, (Classifier Model, Adapter? Adapter)> alone)
    {
        alone = [];
        var set = new AdapterSet(TinyModels.Vit(1, Config));
        foreach (string kind in (string[])["lora", "heka", "dora", "lokr", "probe", "heka on value", "bias"])
        {
            // Heads differ as well, in labels and in what they read of the tokens.
            var model = new Classifier(
                TinyModels.Vit(1, Config), kind == "heka" ? s_seven : Labels, kind == "lora" ? HeadPooling.ClassTokenAndPatchMean : HeadPooling.ClassToken);
            model.Initialize((ulong)(10 + kind.Length));
            Adapter? adapter = kind switch
            {
                "probe" => null,
                "bias" => WithBiases(model),
                _ => Trained(model, kind),
            };
            if (kind == "probe")
            {
                model.TrainHeadOnly();
            }

            AdapterFile.Save(scratch[kind], model, adapter, "base");
            alone[kind] = (model, adapter);
            set.Add(kind, scratch[kind]);
        }

        return set;
    }

    private static Adapter WithBiases(Classifier model)
    {
        AdapterTarget[] targets = [.. Targets.Find(model.Backbone, ["query", "fc1"])];
        Adapter adapter = Adapter.Attach(new LoRA { Rank = 2 }, "bias", targets.SelectMany(t => new (AdapterTarget, AdapterLayer)[]
        {
            (t, new LoRA { Rank = 2 }.Create(t.Path, t.Layer.In, t.Rows, 32)),
            (t, new BiasLayer(t.Path, t.Layer.In, t.Rows)),
        }));
        foreach ((_, Parameter parameter) in adapter.Parameters())
        {
            parameter.Value = Init.Uniform(0.3).Draw(parameter.Shape, 3, parameter.Path);
        }

        model.TrainHeadOnly();
        return adapter;
    }
}
