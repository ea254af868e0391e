using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;
using Research;

namespace HkaFer.Adapters.Tests;

/// <summary>Every kind of adapter, in the forms that the contract must hold for, on one small classifier.</summary>
internal static class AdapterKinds
{
    public static readonly string[] Labels = ["anger", "joy", "neutral"];

    // Width 32, the smallest where the router's groups of 16 and nine sizes of C fit every layer.
    public static VitConfig Config { get; } = TinyModels.Config with { Width = 32 };

    private static readonly Dictionary<string, AdapterConfig> s_kinds = new()
    {
        ["lora"] = new LoRA { Rank = 4 },
        ["lora alpha 3"] = new LoRA { Rank = 3, Alpha = 3 },
        ["lora on qkv"] = new LoRA { Rank = 2, Targets = ["qkv"] },
        ["lora on one layer"] = new LoRA { Rank = 2, Targets = ["encoder.layer.1.mlp.fc1", "encoder.layer.0.attention.attention.qkv"] },
        ["lora stabilized"] = new LoRA { Rank = 4, Alpha = 2, RankStabilized = true },
        ["lora on query and value"] = new LoRA { Rank = 2, Targets = ["query", "value"] },
        ["dora"] = new DoRA { Rank = 4 },
        ["dora stabilized on key, fc1"] = new DoRA { Rank = 2, RankStabilized = true, Targets = ["key", "fc1"] },
        ["lokr"] = new LoKr { Rank = 2 },
        ["lokr both factor 8"] = new LoKr { Rank = 2, Alpha = 6, DecomposeBoth = true, DecomposeFactor = 8 },
        ["lokr full"] = new LoKr { Rank = 64, Targets = ["value", "fc2"] },
        ["heka on value"] = new HeKA { Targets = ["value"] },
        ["heka"] = new HeKA(),
        ["heka sum"] = new HeKA { Router = Router.Sum },
        ["heka sb"] = new HeKA { Router = Router.SpatialBranch },
        ["heka sb strided"] = new HeKA { Router = Router.SpatialBranch, Pooling = Pooling.Strided },
        ["heka rb"] = new HeKA { Router = Router.RelationBranch },
        ["heka rb strided"] = new HeKA { Router = Router.RelationBranch, Pooling = Pooling.Strided },
        ["heka dbir strided"] = new HeKA { Router = Router.DualBranch, Pooling = Pooling.Strided },
        ["heka group 8 beta .5"] = new HeKA { Group = 8, Beta = 0.5 },
        ["heka 1"] = new HeKA { Adapters = 1 },
        ["heka 1 dbir"] = new HeKA { Adapters = 1, Router = Router.DualBranch },
        ["heka 2"] = new HeKA { Adapters = 2 },
        ["heka 9"] = new HeKA { Adapters = 9 },
        ["heka 9 sum"] = new HeKA { Adapters = 9, Router = Router.Sum },
        ["heka sizes"] = new HeKA { Sizes = [(16, 2), (1, 32), (32, 1)] },
        ["heka normal, fc2 alone"] = new HeKA { NormalInit = true, Targets = ["mlp.fc2"] },
        ["hoka"] = new HoKA(),
        ["hoka sum 3"] = new HoKA { Adapters = 3, Router = Router.Sum },
        ["krona"] = new HoKA { Adapters = 1 },
        ["moka"] = new MoKA(),
        ["moka sizes"] = new MoKA { Sizes = [(16, 2), (1, 32), (4, 8)], Scale = 0.5, Targets = ["value", "mlp.fc1"] },
        ["bottleneck of docs/guide-new-method.md"] = Added(new Bottleneck { Size = 4 }),
        ["bottleneck on value"] = Added(new Bottleneck { Size = 3, Scale = 0.5, Targets = ["value"] }),
    };

    private static Bottleneck Added(Bottleneck config)
    {
        AdapterRegistry.Add(() => new Bottleneck(), Bottleneck.Read);
        return config;
    }

    public static TheoryData<string> All() => [.. s_kinds.Keys];

    /// <summary>The kinds whose share is linear in the input.</summary>
    public static TheoryData<string> Mergeable() =>
        [.. s_kinds.Where(k => k.Value is LowRankConfig or LoKr or MoKA or KroneckerConfig { EffectiveRouter: Router.Sum } or KroneckerConfig { Count: 1 }).Select(k => k.Key)];

    public static AdapterConfig Of(string kind) => s_kinds[kind];

    public static Classifier Model(ulong seed = 1)
    {
        var model = new Classifier(TinyModels.Vit(seed, Config), Labels);
        model.Initialize(seed);
        return model;
    }

    public static Adapter Adapt(Classifier model, string kind, ulong seed = 5, string name = "default")
    {
        Adapter adapter = model.Adapt(Of(kind), name);
        adapter.Initialize(seed);
        return adapter;
    }

    /// <summary>An adapter that has left its start: every weight is of the size that training gives it.</summary>
    public static Adapter Trained(Classifier model, string kind, ulong seed = 5)
    {
        Adapter adapter = Adapt(model, kind, seed);
        var rng = new Rng(seed);
        foreach ((_, Parameter parameter) in adapter.Parameters())
        {
            float[] values = parameter.Value.ToFloats();
            parameter.Value = Tensor.From(Array.ConvertAll(values, v => v + (float)(0.1 * rng.Normal())), parameter.Shape);
        }

        return adapter;
    }

    public static float[] Logits(Classifier model)
    {
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        return model.Forward(TinyModels.Pixels(2)).ToFloats();
    }

    /// <summary>One step of plain gradient descent on what is trainable; gradients stay to be looked at.</summary>
    public static void Step(Classifier model, Adapter? adapter, double rate)
    {
        Parameter[] trained = [.. model.Parameters().Concat(adapter?.Parameters() ?? []).Select(p => p.Parameter).Where(p => p.Trainable)];
        foreach (Parameter parameter in trained)
        {
            parameter.Value.ZeroGrad();
        }

        using IDisposable step = Tape.Step();
        Ops.CrossEntropy(model.Forward(TinyModels.Pixels(2)), [0, 2]).Backward();
        foreach (Parameter parameter in trained.Where(p => p.Value.Grad is not null))
        {
            float[] gradient = parameter.Value.Grad!.ToFloats();
            parameter.Value.CopyFrom<float>([.. parameter.Value.ToFloats().Zip(gradient, (w, g) => w - (float)(rate * g))]);
        }
    }
}
