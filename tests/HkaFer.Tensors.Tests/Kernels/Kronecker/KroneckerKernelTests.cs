using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors.Tests.Kernels;

public class KroneckerKernelTests
{
    private static readonly (int, int)[] Default64 = [(8, 8), (8, 16), (16, 8), (16, 16)];
    private static readonly (int, int)[] Default384 = [(16, 16), (16, 32), (32, 16), (32, 32)];

    public static TheoryData<Router, Pooling> RoutersPoolings => [..
        from router in Enum.GetValues<Router>()
        from pooling in Enum.GetValues<Pooling>()
        select (router, pooling)];

    private static IEnumerable<Device> EverySet => InstructionSets.Supported.Select(set => new CpuDevice(set));

    /// <summary>
    /// Input and output widths, sizes, group. C first and D first, shared and single layouts, every way to reduce F before the router.
    /// </summary>
    public static TheoryData<int, int, int[], int> Shapes => new()
    {
        { 64, 192, [8, 8, 8, 16, 16, 8, 16, 16], 16 },
        { 256, 64, [8, 8, 8, 16, 16, 8, 16, 16], 16 },
        { 128, 128, [8, 8, 8, 16, 16, 8, 16, 16], 16 },
        { 192, 192, [16, 16, 16, 32, 32, 16, 32, 32], 16 },
        { 192, 576, [16, 16], 16 },
        { 96, 96, [8, 16, 16, 8], 16 },
        { 384, 96, [32, 32, 16, 16, 24, 24], 16 },
        { 96, 384, [24, 16, 12, 8, 24, 16], 16 },
        // Whole rows a group: q' = 4 and 8 divide 16.
        { 64, 64, [16, 8, 8, 4, 32, 16], 16 },
        // Strided with a group that divides no q, and one that divides every q.
        { 48, 96, [6, 3, 12, 4], 16 },
        { 60, 36, [6, 3, 12, 4, 4, 5], 6 },
        // Sides that fill no tile, and a group that is prime.
        { 15, 35, [5, 3, 7, 5], 5 },
        { 35, 21, [3, 5, 7, 7, 1, 35, 21, 1, 3, 7], 7 },
        { 21, 33, [11, 7, 3, 3], 1 },
        { 36, 36, [6, 6, 6, 6, 4, 4, 9, 9, 4, 6, 6, 4, 2, 3, 3, 2, 12, 12], 12 },
        { 2, 3, [1, 1, 3, 2, 1, 2], 1 },
    };

    [Theory, MemberData(nameof(RoutersPoolings))]
    public void Adapters_each_set_router_and_pooling_match_reference(Router router, Pooling pooling)
    {
        new KroneckerCase(37, 64, 192, Default64, router, pooling).Check(EverySet);
        new KroneckerCase(37, 192, 64, Default64, router, pooling).Check(EverySet);
    }

    [Theory, MemberData(nameof(Shapes))]
    public void Adapters_each_shape_matches_reference(int width, int output, int[] sizes, int group)
    {
        (int, int)[] pairs = [.. sizes.Chunk(2).Select(s => (s[0], s[1]))];
        // A full group of tokens and a part of one, for every width of vector.
        foreach (var pooling in Enum.GetValues<Pooling>())
        {
            new KroneckerCase(19, width, output, pairs, Router.DualBranch, pooling, group).Check(EverySet);
        }
        new KroneckerCase(3, width, output, pairs, Router.Sum, group: group).Check(EverySet);
    }

    [Theory]
    [InlineData(384, 1152)]
    [InlineData(384, 384)]
    [InlineData(384, 1536)]
    [InlineData(1536, 384)]
    public void Adapters_small_backbone_layer_matches_reference(int width, int output) =>
        new KroneckerCase(2, width, output, Default384, Router.DualBranch).Check(Device.Cpu);

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(600)]
    public void Adapters_any_count_of_tokens_matches_reference(int tokens) =>
        new KroneckerCase(tokens, 32, 48, [(4, 4), (8, 4), (4, 8)], Router.DualBranch).Check(Device.Cpu);

    [Fact]
    public void Adapters_without_tokens_leave_zero_gradients()
    {
        var none = new KroneckerCase(0, 32, 48, [(4, 4), (8, 4)], Router.DualBranch);
        Assert.Empty(none.Forward(Device.Cpu)[0]);
        Assert.All(none.Backward(Device.Cpu), gradient => Assert.All(gradient, v => Assert.Equal(0, v)));
    }

    [Fact]
    public void Backward_accumulate_adds_to_what_is_there()
    {
        foreach (var router in Enum.GetValues<Router>())
        {
            var layer = new KroneckerCase(21, 64, 64, Default64, router);
            var expected = layer.Backward(Device.Reference, accumulate: true);
            KroneckerCase.Near("accumulated", expected, layer.Backward(Device.Cpu, accumulate: true));
        }
    }

    [Theory]
    [InlineData(Router.Sum)]
    [InlineData(Router.SpatialBranch)]
    [InlineData(Router.RelationBranch)]
    [InlineData(Router.DualBranch)]
    public void Backward_each_gradient_alone_is_the_same_bits(Router router)
    {
        var layer = new KroneckerCase(21, 64, 64, Default64, router);
        var all = layer.Backward(Device.Cpu);
        for (var i = 0; i < all.Length; i++)
        {
            var one = layer.Backward(Device.Cpu, wanted: j => j == i);
            Assert.Equal(all[i], Assert.Single(one));
        }
    }

    [Fact]
    public void Backward_gradient_that_is_a_view_gives_the_same_bits()
    {
        var layer = new KroneckerCase(21, 64, 64, Default64, Router.DualBranch);
        var expected = layer.Backward(Device.Cpu);
        layer.GradY = layer.GradY.Transpose().Contiguous().Transpose();
        Assert.False(layer.GradY.IsContiguous);
        Assert.Equal(expected, layer.Backward(Device.Cpu));
    }

    [Fact]
    public void Adapters_any_number_of_threads_give_the_same_bits()
    {
        var layer = new KroneckerCase(300, 64, 128, Default64, Router.DualBranch);
        float[][]? forward = null, backward = null;
        foreach (var threads in new[] { 1, 2, 3, 2, 3 })
        {
            using var workers = new Workers(threads);
            var device = new CpuDevice(workers: workers);
            forward ??= layer.Forward(device);
            backward ??= layer.Backward(device);
            Assert.Equal(forward, layer.Forward(device));
            Assert.Equal(backward, layer.Backward(device));
        }
    }

    [Fact]
    public void Adapters_on_one_device_keep_layers_apart()
    {
        // Layers of several shapes take turns with the same scratch memory, from two threads at once.
        KroneckerCase[] layers = [
            new(40, 64, 192, Default64, Router.DualBranch),
            new(25, 192, 64, Default64, Router.Sum),
            new(33, 64, 64, [(8, 8)], Router.RelationBranch)];
        float[][][] expected = [.. layers.Select(l => l.Backward(Device.Cpu))];
        Parallel.For(0, layers.Length, i =>
        {
            for (var turn = 0; turn < 5; turn++)
            {
                Assert.Equal(expected[i], layers[i].Backward(Device.Cpu));
            }
        });
    }

    [Fact]
    public void Adapters_after_warm_up_allocate_next_to_nothing()
    {
        var layer = new KroneckerCase(64, 64, 192, Default64, Router.DualBranch);
        var device = new CpuDevice(workers: new Workers(1));
        Target x = layer.Problem.X.Clone();
        var gradients = new KroneckerGradients { Y = layer.GradY, X = x, C = new Target?[4], D = new Target?[4] };
        Step();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Step();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 512);

        void Step()
        {
            device.Kronecker(layer.Problem);
            device.KroneckerBackward(layer.Problem, gradients);
        }
    }

    [Fact]
    public void Adapters_of_other_types_are_left_to_the_plain_loops()
    {
        Tensor x = Tensor.Full([2, 4], 1, DType.Float64), y = Tensor.Zeros([2, 4], DType.Float64), ones = Tensor.Full([2, 2], 1, DType.Float64);
        Device.Cpu.Kronecker(new KroneckerProblem
        {
            X = x, Y = y, C = [ones], D = [ones], Router = Router.Sum, Beta = 0.5,
        });
        Assert.All(y.ToDoubles(), v => Assert.Equal(2, v));
    }
}
