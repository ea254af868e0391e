namespace HkaFer.Tensors.Tests.Autograd;

public class TapeTests
{
    private static Tensor Parameter(params double[] values)
    {
        Tensor x = Tensor.From(Array.ConvertAll(values, v => (float)v), [values.Length]);
        x.RequiresGrad = true;
        return x;
    }

    [Fact]
    public void Gradients_of_two_uses_add_up()
    {
        Tensor x = Parameter(1, 2, 3);
        Tensor shared = Ops.Scale(x, 2);
        Ops.Sum(Ops.Add(Ops.Multiply(shared, shared), shared)).Backward();

        // d/dx of 4 x^2 + 2 x.
        Assert.Equal([10f, 18, 26], x.Grad!.ToFloats());
    }

    [Fact]
    public void Gradients_of_two_passes_add_up_until_they_are_zeroed()
    {
        Tensor x = Parameter(1, 2);
        Ops.Sum(Ops.Scale(x, 3)).Backward();
        Ops.Sum(Ops.Scale(x, 4)).Backward();
        Assert.Equal([7f, 7], x.Grad!.ToFloats());
        x.ZeroGrad();
        Assert.Null(x.Grad);
        Ops.Sum(Ops.Scale(x, 5)).Backward();
        Assert.Equal([5f, 5], x.Grad!.ToFloats());
    }

    [Fact]
    public void Residual_passed_on_without_a_copy_is_not_spoiled_by_the_other_branch()
    {
        // Both branches of x + f(x) add to one gradient whose memory the addition gave away.
        Tensor x = Parameter(0.5, -1);
        Tensor h = Ops.Scale(x, 1);
        Tensor sum = Ops.Add(h, Ops.Scale(h, 10));
        Ops.Sum(Ops.Add(sum, Ops.Scale(sum, 100))).Backward();
        Assert.Equal([1111f, 1111], x.Grad!.ToFloats());
    }

    [Fact]
    public void Gradients_of_activations_are_found_and_parameters_keep_theirs()
    {
        // y = sum((w x)^2 + w x), h = w x: dy/dh = 2 h + 1, dy/dx = w dy/dh.
        Tensor x = Parameter(1, 2, 3), w = Parameter(2, -1, 0.5), idle = Parameter(7);
        Tensor h = Ops.Multiply(x, w);
        Tensor y = Ops.Sum(Ops.Add(Ops.Multiply(h, h), h));
        Tensor[] found = Tape.Gradients(y, h, x, idle);
        Assert.Equal([5f, -3, 4], found[0].ToFloats());
        Assert.Equal([10f, 3, 2], found[1].ToFloats());
        Assert.Equal([0f], found[2].ToFloats());
        Assert.All((Tensor[])[x, w, idle], parameter => Assert.Null(parameter.Grad));

        // Nothing of it stays: the ordinary pass finds its own.
        y.Backward();
        Assert.Equal([5f, -6, 12], w.Grad!.ToFloats());
    }

    [Fact]
    public void Gradient_of_an_activation_is_not_spoiled_by_what_flows_on_in_its_memory()
    {
        Tensor x = Parameter(0.5, -1);
        Tensor h = Ops.Scale(x, 1), sum = Ops.Add(h, Ops.Scale(h, 10));
        Tensor[] found = Tape.Gradients(Ops.Sum(sum), sum, h);
        Assert.Equal([1f, 1], found[0].ToFloats());
        Assert.Equal([11f, 11], found[1].ToFloats());
    }

    [Fact]
    public void NoGrad_records_nothing_and_ends_with_its_scope()
    {
        Tensor x = Parameter(1, 2);
        using (Tape.NoGrad())
        {
            using (Tape.NoGrad()) { Assert.False(Tape.IsRecording); }
            Assert.False(Tape.IsRecording);
            Tensor y = Ops.Sum(x);
            Assert.False(y.RequiresGrad);
            HkaFerException error = Assert.Throws<HkaFerException>(y.Backward);
            Assert.Contains("Tape.NoGrad()", error.Message);
        }

        Assert.True(Tape.IsRecording);
        Assert.True(Ops.Sum(x).RequiresGrad);
    }

    [Fact]
    public void NoGrad_disposed_twice_resumes_once()
    {
        using IDisposable outer = Tape.NoGrad();
        IDisposable inner = Tape.NoGrad();
        inner.Dispose();
        inner.Dispose();
        Assert.False(Tape.IsRecording);
    }

    [Fact]
    public void Backward_of_more_than_one_element_needs_an_upstream_gradient()
    {
        Tensor y = Ops.Scale(Parameter(1, 2), 3);
        Assert.Contains("[2]", Assert.Throws<HkaFerException>(y.Backward).Message);
        Assert.Contains("upstream", Assert.Throws<HkaFerException>(() => y.Backward(Tensor.Zeros([3]))).Message);
    }

    [Fact]
    public void Tensor_used_after_its_step_says_so()
    {
        Tensor x = Parameter(1, 2), y;
        using (Tape.Step()) { y = Ops.Scale(x, 2); }
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => y.ToFloats());
        Assert.Contains("after the step", error.Message);
        Assert.Contains("Keep()", error.Message);
        Assert.Throws<InvalidOperationException>(() => Ops.Scale(y, 2));
    }

    [Fact]
    public void Step_that_throws_still_ends_its_tensors()
    {
        Tensor? y = null;
        Assert.Throws<HkaFerException>((Action)(() =>
        {
            using (Tape.Step())
            {
                y = Ops.Scale(Parameter(1), 2);
                throw new HkaFerException("bad batch");
            }
        }));
        Assert.Throws<InvalidOperationException>(() => y!.ToFloats());
    }

    [Fact]
    public void Kept_tensor_outlives_its_step()
    {
        Tensor x = Parameter(1, 2), kept;
        using (Tape.Step()) { kept = Ops.Scale(x, 2).Keep(); }
        using (Tape.Step())
        {
            for (int i = 0; i < 10; i++) { Tensor.Full([2], 99); }
        }

        Assert.Equal([2f, 4], kept.ToFloats());
    }

    [Fact]
    public void Keep_after_the_step_is_refused()
    {
        Tensor y;
        using (Tape.Step()) { y = Ops.Scale(Parameter(1), 2); }
        Assert.Throws<InvalidOperationException>(() => y.Keep());
    }

    [Fact]
    public void Parameter_gradient_outlives_the_step()
    {
        Tensor x = Parameter(1, 2);
        using (Tape.Step()) { Ops.Sum(Ops.Scale(x, 3)).Backward(); }
        using (Tape.Step()) { Tensor.Full([2], 99); }
        Assert.Equal([3f, 3], x.Grad!.ToFloats());
    }

    [Fact]
    public void Steps_nest_and_each_ends_its_own()
    {
        using (Tape.Step())
        {
            Tensor outer = Tensor.Full([3], 1), inner;
            using (Tape.Step()) { inner = Tensor.Full([3], 2); }
            Assert.Throws<InvalidOperationException>(() => inner.ToFloats());
            Assert.Equal([1f, 1, 1], outer.ToFloats());
        }
    }

    [Fact]
    public void Local_part_without_recording_releases_its_intermediates_at_once()
    {
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        Tensor? hidden = null;
        Tensor y = Tape.Local(x => Ops.Scale(hidden = Ops.Scale(x, 2), 3), Parameter(1, 2));
        Assert.Throws<InvalidOperationException>(() => hidden!.ToFloats());
        Assert.Equal([6f, 12], y.ToFloats());
    }

    [Fact]
    public void Local_part_while_recording_keeps_what_the_backward_pass_needs()
    {
        // The input needs no gradient, but a parameter inside does.
        using IDisposable step = Tape.Step();
        Tensor weight = Parameter(3, 4), input = Tensor.From([1f, 2], [2]);
        Tensor y = Tape.Local(x => Ops.Gelu(Ops.Multiply(x, weight)), input);
        Ops.Sum(y).Backward();
        Assert.Equal(2 * ActivationReference.Derivative(Activation.Gelu, 8), weight.Grad!.ToFloats()[1], 1e-6);
    }

    [Fact]
    public void Backward_releases_gradients_as_soon_as_they_have_been_passed_on()
    {
        // A chain of 40 results of 4 MB: if every intermediate gradient lived to the end, 160 MB more would be needed.
        Tensor x = Tensor.Full([1 << 20], 1);
        x.RequiresGrad = true;
        using IDisposable step = Tape.Step();
        Tensor y = x;
        for (int i = 0; i < 40; i++) { y = Ops.Scale(y, 1.01); }
        Tensor loss = Ops.Sum(y);
        long before = GC.GetAllocatedBytesForCurrentThread();
        loss.Backward();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20 << 20);
    }

    [Fact]
    public void Memory_does_not_grow_from_step_to_step()
    {
        Tensor weight = Tensor.Full([256, 256], 0.01), input = Tensor.Full([256, 256], 1);
        weight.RequiresGrad = true;
        void Step()
        {
            using IDisposable step = Tape.Step();
            weight.ZeroGrad();
            Tensor h = Ops.Gelu(Ops.Multiply(input, weight));
            Ops.Sum(Ops.Softmax(Ops.Add(h, Ops.Scale(h, 2)))).Backward();
        }

        Step();
        Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++) { Step(); }

        // One tensor has 256 KiB; ten steps make some sixty of them anew, and only their small descriptions may be new memory.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
    }
}
