using System.Text.Json;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public class OptimizerTests
{
    public static TheoryData<string> Cases() => Fixtures.Of("optimizer");

    public static TheoryData<string> Rules() => ["adam", "adamw", "sgd", "sgd-nesterov", "sgd-plain"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Updates_match_the_reference(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        FixtureTensor first = dump.Tensor("param.0");
        var bag = new Bag(("p", Tensor.From(first.Floats(), Shape.Create(first.Shape))));
        Optimizer optimizer = FromConfig(dump.Config, bag.All);
        Schedule schedule = ScheduleTests.FromConfig(dump.Config, out long total);
        double rate = optimizer.LearningRate;
        double? clip = dump.Config.GetProperty("clip") is { ValueKind: JsonValueKind.Number } bound ? bound.GetDouble() : null;

        int steps = 0;
        for (; dump.Has($"grad.{steps}"); steps++)
        {
            bag.Give(0, dump.Tensor($"grad.{steps}").Floats());
            optimizer.LearningRate = schedule.RateAt(rate, steps, 1, Math.Max(total, steps + 1));
            optimizer.Step(clip is { } c ? GradientClipping.ScaleFor(GradientClipping.Norm(bag.All), c) : 1);
            optimizer.ZeroGrad();
            Near.Relative(dump.Tensor($"param.{steps + 1}").Doubles(), bag[0].Value.ToDoubles(), dump.Tolerance("out", 1e-5), $"after {steps + 1}");
        }

        Assert.True(steps > 0);
        Assert.Equal(steps, optimizer.Steps);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Saved_state_goes_on_with_the_same_bits(string rule)
    {
        Bag whole = NewBag(), parted = NewBag();
        Optimizer through = Make(rule, whole.All), before = Make(rule, parted.All);
        for (int i = 0; i < 3; i++)
        {
            Advance(whole, through, i);
            Advance(parted, before, i);
        }

        Optimizer after = Make(rule, parted.All);
        after.LoadState(before.State().ToDictionary(x => x.Name, x => x.Tensor.Clone()));
        for (int i = 3; i < 6; i++)
        {
            Advance(whole, through, i);
            Advance(parted, after, i);
        }

        Assert.Equal(6, after.Steps);
        Assert.Equal(whole[0].Value.ToFloats(), parted[0].Value.ToFloats());
        Assert.Equal(whole[1].Value.ToFloats(), parted[1].Value.ToFloats());
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Parameter_without_gradient_stays_and_starts_fresh_later(string rule)
    {
        Bag late = NewBag(), only = NewBag();
        Optimizer a = Make(rule, late.All), b = Make(rule, only.All);
        late.Give(1, 5, 5);
        a.Step();
        a.ZeroGrad();
        Assert.Equal([1f, -2f, 3f], late[0].Value.ToFloats());

        // Its first update must be a first update: the bias correction counts its own.
        late.Give(0, 1, 2, 3);
        a.Step();
        only.Give(0, 1, 2, 3);
        b.Step();
        Assert.Equal(only[0].Value.ToFloats(), late[0].Value.ToFloats());
    }

    [Fact]
    public void Frozen_parameters_are_left_out()
    {
        Bag bag = NewBag();
        bag[1].Trainable = false;

        Assert.Equal([bag[0]], new Adam(bag.All).Parameters);
    }

    [Fact]
    public void Multiplier_scales_the_rate_of_one_parameter()
    {
        Bag bag = NewBag();
        var optimizer = new Sgd(bag.All, 0.5, multiplier: p => p.Path == "b" ? 0.1 : 1);
        bag.Give(0, 1, 1, 1);
        bag.Give(1, 1, 1);
        optimizer.Step();

        Near.Relative([0.5, -2.5, 2.5], bag[0].Value.ToFloats(), 1e-6, "a");
        Near.Relative([0.45, 0.95], bag[1].Value.ToFloats(), 1e-6, "b");
    }

    [Fact]
    public void State_made_inside_a_step_outlives_it()
    {
        Bag bag = NewBag();
        Optimizer optimizer;
        IReadOnlyList<(string Name, Tensor Tensor)> state;
        using (Tape.Step())
        {
            optimizer = new Adam(bag.All);
            state = optimizer.State();
        }

        Advance(bag, optimizer, 0);
        Assert.Equal(0, state[0].Tensor.ToArray<long>()[0]);
        Assert.Equal(["steps", "updates", "a.exp_avg", "a.exp_avg_sq", "b.exp_avg", "b.exp_avg_sq"], optimizer.State().Select(x => x.Name));
    }

    [Fact]
    public void Foreign_state_is_refused_whole()
    {
        Bag bag = NewBag();
        var optimizer = new Adam(bag.All);
        Advance(bag, optimizer, 0);
        Dictionary<string, Tensor> Saved() => optimizer.State().ToDictionary(x => x.Name, x => x.Tensor.Clone());

        Dictionary<string, Tensor> missing = Saved(), unknown = Saved(), shape = Saved(), type = Saved();
        missing.Remove("b.exp_avg");
        unknown["c.exp_avg"] = Tensor.Zeros([1]);
        shape["b.exp_avg"] = Tensor.Zeros([7]);
        type["b.exp_avg"] = Tensor.Zeros([2], DType.Float64);
        shape["a.exp_avg"] = Tensor.Full([3], 99);

        float[] before = optimizer.State()[2].Tensor.ToFloats();
        Assert.Contains("no 'b.exp_avg'", Refusal(missing), StringComparison.Ordinal);
        Assert.Contains("holds 'c.exp_avg'", Refusal(unknown), StringComparison.Ordinal);
        Assert.Contains("Float32 [2], got Float32 [7]", Refusal(shape), StringComparison.Ordinal);
        Assert.Contains("Float32 [2], got Float64 [2]", Refusal(type), StringComparison.Ordinal);
        Assert.Equal(before, optimizer.State()[2].Tensor.ToFloats());

        string Refusal(Dictionary<string, Tensor> state) => Assert.Throws<HkaFerException>(() => optimizer.LoadState(state)).Message;
    }

    [Fact]
    public void Impossible_settings_are_named()
    {
        Parameter[] all = NewBag().All;
        Assert.Contains("learning rate", Refusal(() => new Adam(all, -1)), StringComparison.Ordinal);
        Assert.Contains("learning rate", Refusal(() => new Adam(all, double.NaN)), StringComparison.Ordinal);
        Assert.Contains("beta2", Refusal(() => new AdamW(all, beta2: 1)), StringComparison.Ordinal);
        Assert.Contains("weight decay", Refusal(() => new Sgd(all, weightDecay: -1)), StringComparison.Ordinal);
        Assert.Contains("nesterov needs momentum", Refusal(() => new Sgd(all, nesterov: true)), StringComparison.Ordinal);
        Assert.Contains("multiplier of a", Refusal(() => new Adam(all, multiplier: _ => -1)), StringComparison.Ordinal);
        Assert.Contains("path 'a'", Refusal(() => new Adam([.. all, .. NewBag().All])), StringComparison.Ordinal);
        Assert.Contains("gradient scale", Refusal(() => new Adam(all).Step(double.NaN)), StringComparison.Ordinal);
        foreach (Parameter parameter in all)
        {
            parameter.Trainable = false;
        }

        Assert.Contains("none of the 2 parameters is trainable", Refusal(() => new Adam(all)), StringComparison.Ordinal);

        static string Refusal(Action action) => Assert.Throws<HkaFerException>(action).Message;
    }

    private static Bag NewBag() => new(("a", Tensor.From([1f, -2f, 3f], [3])), ("b", Tensor.From([0.5f, 1f], [2])));

    private static void Advance(Bag bag, Optimizer optimizer, int step)
    {
        bag.Give(0, step + 1, -0.5f, 0.25f * step);
        bag.Give(1, 1f / (step + 1), step);
        optimizer.Step(0.5);
        optimizer.ZeroGrad();
    }

    private static Optimizer Make(string rule, Parameter[] parameters) => rule switch
    {
        "adam" => new Adam(parameters, 0.1, weightDecay: 0.1),
        "adamw" => new AdamW(parameters, 0.1, weightDecay: 0.1),
        "sgd" => new Sgd(parameters, 0.1, momentum: 0.9),
        "sgd-nesterov" => new Sgd(parameters, 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.1),
        _ => new Sgd(parameters, 0.1),
    };

    // Absent keys have PyTorch's defaults, which are the constructors' own.
    private static Optimizer FromConfig(JsonElement config, Parameter[] parameters)
    {
        double rate = Number("lr", 1e-3);
        string rule = config.GetProperty("optimizer").GetString()!;
        double[] betas = config.TryGetProperty("betas", out JsonElement pair) ? [pair[0].GetDouble(), pair[1].GetDouble()] : [0.9, 0.999];
        return rule switch
        {
            "adam" => new Adam(parameters, rate, betas[0], betas[1], Number("eps", 1e-8), Number("weight_decay", 0)),
            "adamw" => new AdamW(parameters, rate, betas[0], betas[1], Number("eps", 1e-8), Number("weight_decay", 1e-2)),
            "sgd" => new Sgd(parameters, rate, Number("momentum", 0),
                config.TryGetProperty("nesterov", out JsonElement nesterov) && nesterov.GetBoolean(), Number("weight_decay", 0)),
            _ => throw new InvalidOperationException($"the fixture has an optimizer that this test does not know: {rule}"),
        };

        double Number(string name, double fallback) => config.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : fallback;
    }
}
