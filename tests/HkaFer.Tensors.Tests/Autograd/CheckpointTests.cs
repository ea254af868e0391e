namespace HkaFer.Tensors.Tests.Autograd;

public class CheckpointTests
{
    private static readonly Tensor s_weight = Random(1, 6, 6).Keep(), s_input = Random(2, 4, 6).Keep(), s_upstream = Random(3, 4, 6).Keep();

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Gradients_are_the_same_to_the_bit(bool trainInput, bool trainWeight)
    {
        (Tensor? x, Tensor? w) plain = Run(false, trainInput, trainWeight), again = Run(true, trainInput, trainWeight);
        Assert.Equal(trainInput, again.x is not null);
        Assert.Equal(trainWeight, again.w is not null);
        Assert.Equal(plain.x?.ToBytes(), again.x?.ToBytes());
        Assert.Equal(plain.w?.ToBytes(), again.w?.ToBytes());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gradients_of_activations_before_and_after_a_part_are_the_same_to_the_bit(bool used)
    {
        using IDisposable step = Tape.Step();
        Tensor[] Of(bool checkpoint)
        {
            Tensor x = s_input.Clone(), w = s_weight.Clone();
            (x.RequiresGrad, w.RequiresGrad) = (true, true);
            Tensor Body(Tensor t) => Part(used ? t : s_input, w);
            Tensor middle = checkpoint ? Tape.Checkpoint(Body, x) : Body(x);
            Tensor[] found = Tape.Gradients(Ops.Sum(Ops.Gelu(Ops.Add(middle, x))), x, middle);
            Assert.Null(w.Grad);
            return found;
        }

        Assert.Equal(Of(false).Select(g => g.ToBytes()), Of(true).Select(g => g.ToBytes()));
    }

    [Fact]
    public void Nothing_is_recorded_where_no_gradient_is_wanted()
    {
        using IDisposable step = Tape.Step();
        Assert.False(Tape.Checkpoint(x => Ops.Linear(x, s_weight), s_input).RequiresGrad);
        using IDisposable paused = Tape.NoGrad();
        Assert.Equal(Ops.Linear(s_input, s_weight).ToBytes(), Tape.Checkpoint(x => Ops.Linear(x, s_weight), s_input).ToBytes());
    }

    [Fact]
    public void Input_that_the_part_does_not_use_gets_a_gradient_of_zero()
    {
        using IDisposable step = Tape.Step();
        Tensor x = s_input.Clone(), w = s_weight.Clone();
        (x.RequiresGrad, w.RequiresGrad) = (true, true);
        Tape.Checkpoint(_ => Ops.Linear(s_input, w), x).Backward(s_upstream);
        Assert.All(x.Grad!.ToFloats(), g => Assert.Equal(0, g));
    }

    [Fact]
    public void Only_input_and_output_of_a_part_are_kept()
    {
        long whole = Held((part, x) => part(x)), less = Held(Tape.Checkpoint);

        // Four outputs instead of four times six intermediates.
        Assert.InRange(less, 1, whole / 3);
    }

    private static (Tensor? X, Tensor? W) Run(bool checkpoint, bool trainInput, bool trainWeight)
    {
        using IDisposable step = Tape.Step();
        Tensor x = s_input.Clone(), w = s_weight.Clone();
        (x.RequiresGrad, w.RequiresGrad) = (trainInput, trainWeight);
        Tensor h = Ops.Scale(x, 1.5);
        for (int i = 0; i < 3; i++)
        {
            h = checkpoint ? Tape.Checkpoint(t => Part(t, w), h) : Part(h, w);
        }

        Ops.Add(h, Ops.Scale(x, 0.25)).Backward(s_upstream);
        return (x.Grad?.Keep(), w.Grad?.Keep());
    }

    private static long Held(Func<Func<Tensor, Tensor>, Tensor, Tensor> run)
    {
        using var region = new Region();
        Tensor w = s_weight.Detach(), h = s_input;
        w.RequiresGrad = true;
        for (int i = 0; i < 4; i++)
        {
            h = run(t => Part(t, w), h);
        }

        return region.Bytes;
    }

    private static Tensor Part(Tensor x, Tensor w) => Ops.Add(x, Ops.Gelu(Ops.Linear(Ops.Gelu(Ops.Linear(Ops.Gelu(x), w)), w)));

    private static Tensor Random(ulong seed, int rows, int columns)
    {
        var rng = new Rng(seed);
        return Tensor.From([.. Enumerable.Range(0, rows * columns).Select(_ => (float)rng.Normal())], [rows, columns]);
    }
}
