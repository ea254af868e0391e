using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Adapters.Tests;

public class LoraDropoutTests
{
    private const int Width = 64;

    [Fact]
    public void Nothing_is_left_out_outside_of_training()
    {
        (Linear layer, _) = Copying(0.5);
        Assert.All(Added(layer), value => Assert.Equal(1, value));
    }

    [Fact]
    public void Share_of_the_inputs_is_left_out_and_the_others_count_for_more()
    {
        (Linear layer, _) = Copying(0.25);
        using IDisposable draw = AdapterDropout.Draw(7);
        float[] added = Added(layer, rows: 500);
        Assert.All(added, value => Assert.True(value is 0 or > 1.3333f and < 1.3334f, $"{value}"));

        // 32,000 draws: three deviations are 0.0073.
        Assert.InRange((double)added.Count(value => value == 0) / added.Length, 0.2427, 0.2573);
    }

    [Fact]
    public void Equal_seeds_leave_out_the_same_and_others_something_else()
    {
        (Linear layer, _) = Copying(0.5);
        float[] first = Drawn(1);
        Assert.Equal(first, Drawn(1));
        Assert.NotEqual(first, Drawn(2));

        float[] Drawn(ulong seed)
        {
            using IDisposable draw = AdapterDropout.Draw(seed);
            return Added(layer);
        }
    }

    [Fact]
    public void Frozen_adapter_sees_all_of_its_input()
    {
        (Linear layer, Adapter adapter) = Copying(0.5);
        adapter.SetTrainable(false);
        using IDisposable draw = AdapterDropout.Draw(1);
        Assert.All(Added(layer), value => Assert.Equal(1, value));
    }

    [Fact]
    public void Layer_that_is_computed_twice_in_a_step_gives_the_gradients_of_one_that_is_not()
    {
        float[][] kept = Gradients(checkpointing: false), again = Gradients(checkpointing: true);
        Assert.Equal(kept, again);
        Assert.NotEqual(kept, Gradients(checkpointing: false, dropout: 0));

        static float[][] Gradients(bool checkpointing, double dropout = 0.3)
        {
            QwenVl model = TinyQwen.Model(windowed: false);
            model.SetTrainable(false);
            model.Text.ActivationCheckpointing = checkpointing;
            Adapter adapter = Adapter.Attach(model, new LoRA { Rank = 2, Dropout = dropout });
            adapter.Initialize(3);
            foreach (LowRankLayer layer in adapter.Layers.Cast<LowRankLayer>())
            {
                layer.B.Value = Tensor.Full(layer.B.Shape, 0.1);
            }

            using IDisposable step = Tape.Step();
            using IDisposable draw = AdapterDropout.Draw(5);
            model.Loss(TinyQwen.Prompt(6), [80, 81], [TinyQwen.Image(4, 6)]).Backward();
            return [.. adapter.Parameters().Select(p => p.Parameter.Value.Grad!.ToFloats())];
        }
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void Share_that_is_none_is_refused(double dropout) =>
        Assert.Contains("lora: dropout", Assert.Throws<HkaFerException>(() => new LoRA { Dropout = dropout }.Create("layer", 4, 4, 4)).Message);

    /// <summary>A layer of zeros whose adapter adds the input itself.</summary>
    private static (Linear Layer, Adapter Adapter) Copying(double dropout)
    {
        var model = new Model();
        model.Layer.Weight.Value = Tensor.Full([Width, Width], 0);
        Adapter adapter = Adapter.Attach(model, new LoRA { Rank = Width, Alpha = Width, Dropout = dropout });
        var layer = (LowRankLayer)adapter.Layers.Single();
        float[] one = [.. Enumerable.Range(0, Width * Width).Select(i => i % (Width + 1) == 0 ? 1f : 0)];
        layer.A.Value = Tensor.From(one, [Width, Width]);
        layer.B.Value = Tensor.From(one, [Width, Width]);
        return (model.Layer, adapter);
    }

    private static float[] Added(Linear layer, int rows = 2)
    {
        using IDisposable paused = Tape.NoGrad();
        return layer.Forward(Tensor.Full([rows, Width], 1)).ToFloats();
    }

    private sealed class Model : Module, IAdaptable
    {
        public Model() => Layer = Child("layer", new Linear(LoraDropoutTests.Width, LoraDropoutTests.Width, bias: false));

        public Linear Layer { get; }

        public int Width => LoraDropoutTests.Width;

        public IReadOnlyList<string> DefaultTargets => ["layer"];
    }
}
