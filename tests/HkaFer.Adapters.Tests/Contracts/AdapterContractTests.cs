using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;
using static HkaFer.Adapters.Tests.AdapterKinds;

namespace HkaFer.Adapters.Tests;

/// <summary>What every kind of adapter promises, whatever it computes.</summary>
public class AdapterContractTests
{
    public static TheoryData<string> Kinds() => All();

    public static TheoryData<string> MergeableKinds() => Mergeable();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Adapter_starts_as_identity(string kind)
    {
        Classifier model = Model();
        float[] bare = Logits(model);
        Adapter adapter = Adapt(model, kind);
        Assert.True(adapter.ParameterCount > 0);
        Assert.Equal(bare, Logits(model));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Trained_adapter_changes_the_outputs_and_disabled_does_not(string kind)
    {
        Classifier model = Model();
        float[] bare = Logits(model);
        Adapter adapter = Trained(model, kind);
        float[] adapted = Logits(model);
        Assert.True(bare.Zip(adapted, (a, b) => Math.Abs(a - b)).Max() > 1e-3);
        adapter.Enabled = false;
        Assert.Equal(bare, Logits(model));
        adapter.Enabled = true;
        Assert.Equal(adapted, Logits(model));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Merge_equals_forward_or_is_a_named_error_that_changes_nothing(string kind)
    {
        Classifier model = Model();
        string hash = ModelHash.Of(model.Backbone);
        Adapter adapter = Trained(model, kind);
        float[] beside = Logits(model);
        if (Mergeable().Any(row => row.Data == kind))
        {
            adapter.Merge();
            Assert.True(adapter.IsMerged);

            // Each of the sums over up to 128 entries is taken in another order: 128 half units of float32 (6e-8) at the very worst, 8e-6.
            Near.Relative(beside, Logits(model), 1e-5, kind);
            Assert.Throws<HkaFerException>(adapter.Merge);
        }
        else
        {
            string message = Assert.Throws<HkaFerException>(adapter.Merge).Message;
            Assert.Contains(adapter.Layers.First().MergeObstacle!, message);
            Assert.Contains(adapter.Layers.First().LayerPath, message);
            Assert.Equal(hash, ModelHash.Of(model.Backbone));
            Assert.Equal(beside, Logits(model));
        }
    }

    [Theory]
    [MemberData(nameof(MergeableKinds))]
    public void Merged_values_of_a_layer_are_those_that_merging_gives_and_change_nothing(string kind)
    {
        Classifier model = Model();
        string hash = ModelHash.Of(model.Backbone);
        Adapter adapter = Trained(model, kind);
        Linear[] layers = [.. model.Backbone.Modules().Select(part => part.Module).OfType<Linear>().Where(layer => layer.Adapters.Count > 0)];
        (float[] Weight, float[]? Bias)[] alone = [.. layers.Select(Values)];
        Assert.Equal(hash, ModelHash.Of(model.Backbone));
        adapter.Merge();
        Assert.Equal(alone.Select(layer => layer.Weight), layers.Select(layer => layer.Weight.Value.ToFloats()));
        Assert.Equal(alone.Select(layer => layer.Bias), layers.Select(layer => layer.Bias?.Value.ToFloats()));

        // What is merged is at work no longer, and not added again.
        Assert.Equal(alone.Select(layer => layer.Weight), layers.Select(layer => Values(layer).Weight));

        static (float[] Weight, float[]? Bias) Values(Linear layer) => (Adapter.MergedWeight(layer).ToFloats(), Adapter.MergedBias(layer)?.ToFloats());
    }

    [Theory]
    [MemberData(nameof(MergeableKinds))]
    public void Unmerge_restores_weights_and_outputs_to_the_bit(string kind)
    {
        Classifier model = Model();
        string hash = ModelHash.Of(model.Backbone);
        Adapter adapter = Trained(model, kind);
        float[] beside = Logits(model);
        adapter.Merge();
        Assert.NotEqual(hash, ModelHash.Of(model.Backbone));
        Assert.Throws<HkaFerException>(() => adapter.Enabled = false);
        adapter.Unmerge();
        Assert.Equal(hash, ModelHash.Of(model.Backbone));
        Assert.Equal(beside, Logits(model));
        Assert.Throws<HkaFerException>(adapter.Unmerge);
        adapter.Merge();
        adapter.Remove();
        Assert.Equal(hash, ModelHash.Of(model.Backbone));
        Assert.Throws<HkaFerException>(adapter.Merge);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Training_leaves_the_backbone_as_it_was(string kind)
    {
        Classifier model = Model();
        string hash = ModelHash.Of(model.Backbone);
        Adapter adapter = Adapt(model, kind);
        for (int i = 0; i < 2; i++)
        {
            Step(model, adapter, 0.5);
        }

        Assert.Equal(hash, ModelHash.Of(model.Backbone));
        Assert.All(model.Backbone.Parameters(), p => Assert.Null(p.Parameter.Value.Grad));
        Assert.Equal(adapter.ParameterCount, adapter.Parameters().Where(p => p.Parameter.Trainable).Sum(p => p.Parameter.Shape.Count));
        Assert.Equal(model.Head.ParameterCount, model.TrainableCount);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_parameter_gets_a_gradient_once_it_has_left_its_zero_start(string kind)
    {
        Classifier model = Model();
        Adapter adapter = Adapt(model, kind);

        // With D, B or W1 at zero, nothing that stands before them can have an effect; DoRA's magnitude stands behind.
        Step(model, adapter, 0.5);
        foreach ((string path, Parameter parameter) in adapter.Parameters())
        {
            bool moves = parameter.Init == Init.Zeros || path.EndsWith("magnitude_vector", StringComparison.Ordinal);
            Assert.True(moves == Gradient(parameter).Any(g => g != 0), path);
        }

        Step(model, adapter, 0.5);
        foreach ((string path, Parameter parameter) in adapter.Parameters())
        {
            // Of one adapter the softmax is one, so that its router has nothing to learn.
            bool idle = kind == "heka 1 dbir" && path.Contains("router", StringComparison.Ordinal);
            float[] gradient = Gradient(parameter);
            Assert.All(gradient, g => Assert.True(float.IsFinite(g)));
            Assert.True(idle || gradient.Any(g => g != 0), path);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Training_lowers_the_loss(string kind)
    {
        Classifier model = Model();
        Adapter adapter = Adapt(model, kind);

        // The head stands still, so that what is learned, the adapter has learned.
        model.Head.SetTrainable(false);
        double before = Loss(model);
        for (int i = 0; i < 3; i++)
        {
            Step(model, adapter, 0.05);
        }

        Assert.True(Loss(model) < before, $"{kind}: {before} to {Loss(model)}");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Two_adapters_on_one_backbone_are_independent(string kind)
    {
        Classifier model = Model();
        Adapter first = Trained(model, kind, seed: 5);
        float[] alone = Logits(model);
        Adapter second = Trained(model, "heka sum", seed: 6);
        float[] both = Logits(model);
        Assert.NotEqual(alone, both);
        second.Enabled = false;
        Assert.Equal(alone, Logits(model));
        second.Enabled = true;
        first.Enabled = false;
        float[] other = Logits(model);
        Assert.NotEqual(both, other);
        first.Remove();
        Assert.Equal(other, Logits(model));
        second.Remove();
        Assert.Equal(Logits(Model()), Logits(model));
        Assert.All(model.Backbone.Modules().Select(m => m.Module).OfType<Linear>(), l => Assert.Empty(l.Adapters));
    }

    private static float[] Gradient(Parameter parameter) => parameter.Value.Grad is { } gradient ? gradient.ToFloats() : [];

    private static double Loss(Classifier model)
    {
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        return Ops.CrossEntropy(model.Forward(TinyModels.Pixels(2)), [0, 2]).Item();
    }
}
