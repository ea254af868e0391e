namespace HkaFer.Tensors.Tests;

/// <summary>What does not fit is an error before any memory is touched.</summary>
public sealed class OpsTests
{
    [Fact]
    public void Linear_reads_a_dense_view_whose_axis_of_one_has_an_odd_stride()
    {
        float[] values = [.. Enumerable.Range(0, 24).Select(i => (float)i)];
        Tensor turned = Tensor.From<float>(values, [1, 3, 8]).Transpose(0, 1);
        Tensor weight = Tensor.From<float>([.. Enumerable.Range(0, 16).Select(i => i % 8 == i / 8 ? 1f : 0f)], [2, 8]);

        Assert.True(turned.IsContiguous);
        Assert.Equal([0, 1, 8, 9, 16, 17], Ops.Linear(turned, weight).ToArray<float>());
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Activation.Gelu)]
    [InlineData(Activation.QuickGelu)]
    public void Linear_with_an_epilogue_gives_the_same_bits_recorded_and_not(Activation? kind)
    {
        // 45 columns: whole vectors and a rest for every instruction set.
        Tensor x = Drawn(1, 6, 7, 30), weight = Drawn(2, 45, 30), bias = Drawn(3, 45), scale = Drawn(4, 45), residual = Drawn(5, 6, 7, 45);
        foreach ((Tensor? s, Tensor? r) in new (Tensor?, Tensor?)[] { (null, null), (scale, null), (null, residual), (scale, residual) })
        {
            Tensor fused = Ops.Linear(x, weight, bias, kind, s, r);
            Tensor tracked = x.Clone();
            tracked.RequiresGrad = true;
            Tensor recorded = Ops.Linear(tracked, weight, bias, kind, s, r);

            Assert.False(fused.RequiresGrad);
            Assert.True(recorded.RequiresGrad);
            Assert.Equal(recorded.ToBytes(), fused.ToBytes());
        }
    }

    [Fact]
    public void Linear_with_a_residual_of_another_shape_is_an_error() =>
        AssertRefused(() => Ops.Linear(Zeros(2, 8), Zeros(4, 8), null, null, null, Zeros(2, 8)), "residual");

    [Fact]
    public void Lora_with_input_of_other_rows_is_an_error() =>
        AssertRefused(() => Ops.AddLowRank(Zeros(1, 10, 32), Zeros(2, 10, 16), Zeros(4, 16), Zeros(32, 4), 1), "lora");

    [Fact]
    public void Layer_norm_with_short_bias_is_an_error() =>
        AssertRefused(() => Ops.LayerNorm(Zeros(2, 8), Zeros(8), Zeros(4), 1e-6), "bias");

    [Fact]
    public void Add_broadcast_refuses_an_inner_axis() =>
        AssertRefused(() => Ops.AddBroadcast(Zeros(2, 3, 4), Zeros(3, 1)), "leading axes");

    [Fact]
    public void Kronecker_with_misshapen_probabilities_is_an_error() => AssertRefused(
        () => Ops.AddKronecker(Zeros(3, 4), Zeros(3, 4), new KroneckerAdapterSet { C = [Zeros(2, 2)], D = [Zeros(2, 2)] }, Zeros(1, 1)), "probabilities");

    [Fact]
    public void Gather_of_a_row_that_is_not_there_is_an_error()
    {
        AssertRefused(() => Ops.Gather(Zeros(3, 2), 0, 3), "row 3");
        AssertRefused(() => Ops.Gather(Zeros(3, 2), -1), "row -1");
    }

    [Fact]
    public void Gather_widens_a_table_of_16_bits() =>
        Assert.Equal([3, 4, 1, 2, 3, 4], Ops.Gather(Tensor.From<float>([1, 2, 3, 4], [2, 2]).To(DType.BFloat16), 1, 0, 1).ToArray<float>());

    [Fact]
    public void Rotary_with_angles_of_other_tokens_or_odd_heads_is_an_error()
    {
        AssertRefused(() => Ops.Rotary(Zeros(3, 8), 2, Zeros(2, 2), Zeros(2, 2)), "cos");
        AssertRefused(() => Ops.Rotary(Zeros(3, 8), 2, Zeros(3, 2), Zeros(3, 1)), "sin");
        AssertRefused(() => Ops.Rotary(Zeros(3, 6), 2, Zeros(3, 1), Zeros(3, 1)), "even width");
    }

    [Fact]
    public void Attention_of_sequences_that_do_not_fit_is_an_error()
    {
        AssertRefused(() => Ops.SequenceAttention(Zeros(4, 8), Zeros(4, 6), Zeros(4, 6), 2, 1, 1), "does not fit k");
        AssertRefused(() => Ops.SequenceAttention(Zeros(4, 8), Zeros(4, 8), Zeros(4, 8), 3, 2, 1), "does not fit k");
        AssertRefused(() => Ops.SequenceAttention(Zeros(4, 8), Zeros(4, 8), Zeros(4, 8), 2, 2, 1, false, 3, 2), "do not fit 4 tokens");
        AssertRefused(() => Ops.SequenceAttention(Zeros(4, 8), Zeros(4, 8), Zeros(4, 8), 2, 2, 1, false, 1, 2), "sequences of 3 tokens");
        AssertRefused(() => Ops.SequenceAttention(Zeros(4, 8), Zeros(5, 8), Zeros(5, 8), 2, 2, 1, false, 2, 2), "as many keys");
    }

    [Fact]
    public void Bytes_before_the_start_are_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Zeros(4).CopyBytes(new byte[4], -4));

    private static void AssertRefused(Func<Tensor> call, string about) => Assert.Contains(about, Assert.Throws<HkaFerException>(call).Message);

    private static Tensor Drawn(ulong seed, params int[] shape)
    {
        var rng = new Rng(seed);
        Shape all = Shape.Create(shape);
        return Tensor.From<float>([.. Enumerable.Range(0, (int)all.Count).Select(_ => (float)rng.Normal())], all);
    }

    private static Tensor Zeros(params int[] shape) => Tensor.Zeros(Shape.Create(shape));
}
