namespace HkaFer.Tensors.Tests.Autograd;

/// <summary>One row of the gradient table: an operation on random inputs of given shapes.</summary>
/// <param name="Name">Name of the row.</param>
/// <param name="Shapes">Shapes of the inputs, each of which must get its gradient.</param>
/// <param name="Run">The operation. It must not write over its inputs.</param>
internal sealed record GradientCase(string Name, Shape[] Shapes, Func<Tensor[], Tensor> Run)
{
    /// <summary>
    /// Every operation, with the options that change its gradient. A view is followed by <see cref="Weigh"/>, so that its gradient has no
    /// symmetry that would hide a permutation.
    /// </summary>
    internal static IReadOnlyList<GradientCase> Table { get; } =
    [
        new("gelu", [[7]], x => Ops.Gelu(x[0])),
        new("quick gelu", [[7]], x => Ops.Activate(Activation.QuickGelu, x[0])),
        new("silu", [[7]], x => Ops.Activate(Activation.Silu, x[0])),
        new("sigmoid", [[7]], x => Ops.Activate(Activation.Sigmoid, x[0])),
        new("multiply", [[2, 3], [2, 3]], x => Ops.Multiply(x[0], x[1])),
        new("multiply, one input twice", [[2, 3]], x => Ops.Multiply(x[0], x[0])),
        new("add", [[2, 3], [2, 3]], x => Ops.Add(x[0], x[1])),
        new("add, one input twice", [[2, 3]], x => Ops.Add(x[0], x[0])),
        new("add scaled", [[4, 3], [3], [4, 3]], x => Ops.AddScaled(x[0], x[1], x[2])),
        new("add scaled without residual", [[2, 2, 3], [3]], x => Ops.AddScaled(x[0], x[1], null)),
        new("add scaled to itself", [[4, 3], [3]], x => Ops.AddScaled(x[0], x[1], x[0])),
        new("add broadcast", [[3, 2, 4], [2, 4]], x => Ops.AddBroadcast(x[0], x[1])),
        new("add broadcast along an axis of one", [[3, 2, 4], [1, 2, 4]], x => Ops.AddBroadcast(x[0], x[1])),
        new("scale", [[5]], x => Ops.Scale(x[0], -2.5)),
        new("sum of rows", [[2, 3, 4]], x => Ops.SumRows(x[0])),
        new("sum", [[2, 3]], x => Ops.Sum(x[0])),
        new("reshape", [[2, 6]], x => Weigh(x[0].Reshape(3, 4))),
        new("transpose", [[2, 3, 4]], x => Weigh(x[0].Transpose(0, 2))),
        new("transpose of a transpose", [[2, 3]], x => Weigh(x[0].Transpose().Transpose())),
        new("slice", [[3, 5]], x => Weigh(x[0].Slice(1, 1, 3))),
        new("two slices of one input", [[3, 5]], x => Ops.Multiply(x[0].Slice(1, 0, 3), x[0].Slice(1, 2, 3))),
        new("select", [[3, 4, 2]], x => Weigh(x[0].Select(1, 2))),
        new("contiguous copy", [[3, 4]], x => Weigh(x[0].Transpose().Contiguous())),
        new("expand", [[2, 3]], x => Weigh(Ops.Expand(x[0], [4, 2, 3]))),
        new("expand along an axis of one", [[1, 2, 3]], x => Weigh(Ops.Expand(x[0], [4, 2, 3]))),
        new("concat", [[2, 1, 3], [2, 4, 3]], x => Weigh(Ops.Concat(1, x[0], x[1]))),
        new("concat of one input twice", [[2, 3]], x => Weigh(Ops.Concat(1, x[0], x[0]))),
        new("linear", [[2, 3, 4], [5, 4], [5]], x => Ops.Linear(x[0], x[1], x[2])),
        new("linear without bias", [[3, 4], [2, 4]], x => Ops.Linear(x[0], x[1])),
        new("low rank", [[3, 5], [3, 4], [2, 4], [5, 2]], x => Ops.AddLowRank(Copy(x[0]), x[1], x[2], x[3], 0.5)),
        new("low rank on a part of the outputs", [[3, 5], [3, 4], [2, 4], [2, 2]], x => Ops.AddLowRank(Copy(x[0]), x[1], x[2], x[3], 0.5, start: 2)),
        new("magnitude over the norm of weight and low rank", [[70]], x => Ops.MagnitudeScale(x[0], Fixed([70, 4]), Fixed([2, 4]), Fixed([70, 2]), 0.5)),
        new("checkpoint", [[3, 4], [5, 4]], x => Tape.Checkpoint(t => Ops.Gelu(Ops.Linear(t, x[1])), x[0])),
        new("matmul", [[2, 3, 4], [2, 4, 5]], x => Ops.MatMul(x[0], x[1])),
        new("matmul with a transpose", [[3, 4], [5, 4]], x => Ops.MatMul(x[0], x[1].Transpose())),
        new("layer norm", [[3, 5], [5], [5]], x => Ops.LayerNorm(x[0], x[1], x[2], 1e-3)),
        new("layer norm without bias", [[2, 2, 5], [5]], x => Ops.LayerNorm(x[0], x[1], null, 1e-3)),
        new("rms norm", [[3, 5], [5]], x => Ops.RmsNorm(x[0], x[1], 1e-3)),
        new("softmax", [[3, 5]], x => Ops.Softmax(x[0])),
        new("attention", [[2, 2, 3, 4], [2, 2, 5, 4], [2, 2, 5, 4]], x => Ops.Attention(x[0], x[1], x[2], 0.7)),
        new("causal attention", [[1, 2, 4, 3], [1, 2, 4, 3], [1, 2, 4, 3]], x => Ops.Attention(x[0], x[1], x[2], 0.7, causal: true)),
        new("grouped attention", [[1, 4, 3, 2], [1, 2, 5, 2], [1, 2, 5, 2]], x => Ops.Attention(x[0], x[1], x[2], 0.7, causal: true)),
        new("attention, one input three times", [[1, 2, 3, 4]], x => Ops.Attention(x[0], x[0], x[0], 0.5)),
        new("self-attention", [[2, 3, 12]], x => Ops.SelfAttention(x[0], 2)),
        new("self-attention of the first tokens", [[2, 4, 12]], x => Ops.SelfAttention(x[0], 2, queries: 2)),
        new("self-attention of some and of all", [[1, 3, 6]], x => Ops.Concat(1, Ops.SelfAttention(x[0], 2, queries: 1), Ops.SelfAttention(x[0], 2))),
        new("gather", [[5, 3]], x => Weigh(Ops.Gather(x[0], 3, 4, 1, 3, 0, 2))),
        new("rotary", [[3, 8]], x => Weigh(Ops.Rotary(x[0], 2, Fixed([3, 2]), Fixed([3, 2])))),
        new("rotary of a part of a projection", [[3, 12]], x => Weigh(Ops.Rotary(x[0].Slice(1, 4, 8), 1, Fixed([3, 4]), Fixed([3, 4])))),
        new("attention of one sequence with more keys", [[3, 8], [5, 4], [5, 4]], x => Ops.SequenceAttention(x[0], x[1], x[2], 4, 2, 0.7, causal: true)),
        new("attention of sequences", [[5, 6], [5, 6], [5, 6]], x => Ops.SequenceAttention(x[0], x[1], x[2], 2, 2, 0.7, false, 2, 3)),
        new("attention of sequences, parts of one projection", [[5, 12]], x => Ops.SequenceAttention(x[0].Slice(1, 0, 4), x[0].Slice(1, 4, 4), x[0].Slice(1, 8, 4), 2, 2, 0.7, true, 4, 1)),
        new("attention of sequences, one input three times", [[4, 4]], x => Ops.SequenceAttention(x[0], x[0], x[0], 2, 2, 0.5, false, 1, 3)),
        new("cross-entropy", [[3, 4]], x => Ops.CrossEntropy(x[0], [2, 0, 3])),
        new("cross-entropy, smoothed", [[3, 4]], x => Ops.CrossEntropy(x[0], [2, 0, 3], 0.1)),
        new("cross-entropy, weighted", [[3, 4]], x => Ops.CrossEntropy(x[0], [2, 0, 3], 0, [0.5, 1, 2, 3])),
        new("cross-entropy, weighted and smoothed", [[3, 4]], x => Ops.CrossEntropy(x[0], [2, 0, 3], 0.2, [0.5, 1, 2, 3])),
        new("cross-entropy, soft", [[2, 3]], x => Ops.CrossEntropySoft(x[0], [0.2, 0.3, 0.5, 0, 1, 0])),
        new("cross-entropy, soft, smoothed and weighted", [[2, 3]], x => Ops.CrossEntropySoft(x[0], [0.2, 0.3, 0.5, 0, 1, 0], 0.1, [0.5, 1, 2])),
        new("cross-entropy, soft and smoothed", [[2, 3]], x => Ops.CrossEntropySoft(x[0], [0.2, 0.3, 0.5, 0, 1, 0], 0.1)),
        new("patch embedding", [[2, 2, 4, 6], [3, 2, 2, 2], [3]], x => Ops.PatchEmbedding(x[0], x[1], x[2])),
        new("bicubic up", [[2, 3, 4]], x => Ops.Bicubic(x[0], 5, 7)),
        new("bicubic down", [[1, 7, 6]], x => Ops.Bicubic(x[0], 3, 4)),
        new("bicubic down, antialiased", [[1, 7, 6]], x => Ops.Bicubic(x[0], 3, 4, antialias: true)),
        .. Kronecker(),
    ];

    private static IEnumerable<GradientCase> Kronecker()
    {
        // in 12 = 4 x 3 = 3 x 4, out 8 = 2 x 4 = 4 x 2, groups of 4, two adapters: W1s [4, 3], W2s [2, 4], W1r [4, 2], W2r [2, 4].
        foreach (Router router in Enum.GetValues<Router>())
        {
            foreach (Pooling pooling in Enum.GetValues<Pooling>())
            {
                bool spatial = router is Router.SpatialBranch or Router.DualBranch;
                bool relation = router is Router.RelationBranch or Router.DualBranch;
                List<Shape> shapes = [[3, 8], [3, 12], [2, 4], [4, 3], [4, 3], [2, 4]];
                int w1s = Add(shapes, router != Router.Sum, [4, 3]), w2s = Add(shapes, spatial, [2, 4]);
                int w1r = Add(shapes, relation, [4, 2]), w2r = Add(shapes, relation, [2, 4]);
                int lambda = Add(shapes, router == Router.DualBranch, []);
                KroneckerAdapterSet Set(Tensor[] x) => new()
                {
                    C = [x[2], x[4]],
                    D = [x[3], x[5]],
                    Router = router,
                    Pooling = pooling,
                    Group = 4,
                    Beta = 1.5,
                    W1s = Or(x, w1s),
                    W2s = Or(x, w2s),
                    W1r = Or(x, w1r),
                    W2r = Or(x, w2r),
                    Lambda = Or(x, lambda),
                };
                yield return new($"kronecker {router}, {pooling}", [.. shapes], x => Ops.AddKronecker(Copy(x[0]), x[1], Set(x)));
            }
        }

        static int Add(List<Shape> shapes, bool present, Shape shape)
        {
            if (present) { shapes.Add(shape); }
            return present ? shapes.Count - 1 : -1;
        }

        static Tensor? Or(Tensor[] x, int at) => at < 0 ? null : x[at];
    }

    /// <summary>Each element times a number of its own.</summary>
    private static Tensor Weigh(Tensor x) =>
        Ops.Multiply(x, Tensor.From([.. Enumerable.Range(1, (int)x.Count).Select(i => (double)i)], x.Shape, x.Device));

    /// <summary>Numbers that count as constants.</summary>
    private static Tensor Fixed(Shape shape) =>
        Tensor.From([.. Enumerable.Range(1, (int)shape.Count).Select(i => Math.Sin(i))], shape, Device.Reference);

    /// <summary>New memory, for operations that write over their base.</summary>
    private static Tensor Copy(Tensor x) => Ops.Scale(x, 1);

    /// <summary>For the failure message and the test's name.</summary>
    public override string ToString() => Name;
}
