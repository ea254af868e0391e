using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>
/// beta * sum_i p_i (C_i (x) D_i) x beside a linear layer (equation 7), p from the router. C starts Kaiming-uniform, D zero, so a new adapter
/// changes nothing.
/// </summary>
public sealed class KroneckerLayer : AdapterLayer
{
    // Of one thread: who listens to the passes of its own hears nothing of those that others make with the same model meanwhile.
    [ThreadStatic]
    private static Action<KroneckerLayer, Tensor>? t_probe;

    private readonly KroneckerConfig _config;
    private readonly Router _router;
    private readonly Parameter? _w1s;
    private readonly Parameter? _w2s;
    private readonly Parameter? _w1r;
    private readonly Parameter? _w2r;
    private readonly Parameter? _lambda;

    internal KroneckerLayer(string path, int input, int output, IReadOnlyList<(int Q, int L)> sizes, KroneckerConfig config)
        : base(path, input, output)
    {
        _config = config;
        _router = config.EffectiveRouter;
        int n = sizes.Count;
        C = [.. sizes.Select((s, i) => Declare($"C.{i}", [s.Q, s.L], config.NormalInit ? Init.Normal(Math.Sqrt(1.0 / (3 * s.L))) : Fan(s.L)))];
        D = [.. sizes.Select((s, i) => Declare($"D.{i}", [output / s.Q, input / s.L], Init.Zeros))];
        if (_router == Router.Sum)
        {
            return;
        }

        bool spatial = _router is Router.SpatialBranch or Router.DualBranch, relation = _router is Router.RelationBranch or Router.DualBranch;
        _w1s = Declare("router.w1s", [2 * n, input / config.Group], Fan(input / config.Group));
        _w2s = spatial ? Declare("router.w2s", [n, 2 * n], Fan(2 * n)) : null;
        _w1r = relation ? Declare("router.w1r", [2 * n, output / config.Group], Fan(output / config.Group)) : null;
        _w2r = relation ? Declare("router.w2r", [n, 2 * n], Fan(2 * n)) : null;
        _lambda = spatial && relation ? Declare("router.lambda", [], Init.Constant(0.5)) : null;
    }

    /// <summary>C_i <c>[q, l]</c>.</summary>
    public IReadOnlyList<Parameter> C { get; }

    /// <summary>D_i <c>[out / q, in / l]</c>.</summary>
    public IReadOnlyList<Parameter> D { get; }

    /// <summary>Router, strength, pooling.</summary>
    public KroneckerConfig Options => _config;

    /// <summary>DBIR's lambda, or null with another router.</summary>
    public Parameter? Lambda => _lambda;

    /// <inheritdoc/>
    public override string? MergeObstacle => _router == Router.Sum || C.Count == 1
        ? null
        : $"router {_router.ShortName()} weighs the adapters anew for every token, so no fixed weight does what they do; use router sum, or keep the adapter apart";

    /// <summary>Which router weighs the adapters.</summary>
    public Router Router => _router;

    /// <summary>The router's probabilities for an input.</summary>
    /// <param name="x"><c>[.., in]</c>.</param>
    /// <returns><c>[.., N]</c>.</returns>
    public Tensor Probabilities(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        using IDisposable paused = Tape.NoGrad();
        Tensor probabilities = Tensor.Empty([.. x.Shape.Leading, C.Count]);
        Ops.AddKronecker(Tensor.Zeros([.. x.Shape.Leading, Out]), x, Set(), probabilities);
        return probabilities;
    }

    /// <summary>What each adapter by itself adds to the layer's output: beta p_i (C_i (x) D_i) x. Their sum is what the layer adds.</summary>
    /// <param name="x"><c>[.., in]</c>.</param>
    /// <returns>N times <c>[.., out]</c>.</returns>
    public IReadOnlyList<Tensor> Contributions(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        using IDisposable paused = Tape.NoGrad();
        KroneckerAdapterSet all = Set();
        int rows = x.Shape.Rows, n = C.Count;
        float[] weights = Probabilities(x).ToFloats();
        return
        [
            .. Enumerable.Range(0, n).Select(i =>
            {
                KroneckerAdapterSet one = new() { C = [all.C[i]], D = [all.D[i]], Router = Router.Sum, Beta = all.Beta };
                Tensor alone = Ops.AddKronecker(Tensor.Zeros([rows, Out]), x.Reshape(rows, In), one);

                // A weight a token is a scale of columns of the transpose.
                Tensor weight = Tensor.From([.. Enumerable.Range(0, rows).Select(row => weights[(row * n) + i])], [rows]);
                Tensor weighed = Ops.AddScaled(alone.Transpose(0, 1).Contiguous(), weight, null).Transpose(0, 1).Contiguous();
                return weighed.Reshape([.. x.Shape.Leading, Out]);
            }),
        ];
    }

    /// <summary>
    /// Tells of the router's probabilities <c>[.., N]</c> of every forward pass that the calling thread makes, which the kernel then writes beside its
    /// result. The result is the same bits either way. The tensor is the step's: read it at once.
    /// </summary>
    /// <param name="probe">Told the layer and its probabilities.</param>
    /// <returns>Ends it, on the same thread.</returns>
    internal static IDisposable Listen(Action<KroneckerLayer, Tensor> probe)
    {
        var end = new EndOfListening(t_probe);
        t_probe = probe;
        return end;
    }

    /// <inheritdoc/>
    internal override bool WritesInPlace => !IsPart;

    /// <inheritdoc/>
    internal override IEnumerable<FileTensor> FileTensors() => Parameters().Select(p => new FileTensor($"heka.{p.Path}", p.Parameter, false));

    /// <inheritdoc/>
    protected override Tensor AddEnabled(Tensor x, Tensor y)
    {
        if (t_probe is not { } probe)
        {
            return Ops.AddKronecker(y, x, Set());
        }

        Tensor probabilities = Tensor.Empty([.. x.Shape.Leading, C.Count]);
        Tensor sum = Ops.AddKronecker(y, x, Set(), probabilities);
        probe(this, probabilities);
        return sum;
    }

    private KroneckerAdapterSet Set() => new()
    {
        C = [.. C.Select(c => c.Value)],
        D = [.. D.Select(d => d.Value)],
        Router = _router,
        Pooling = _config.Pooling,
        Group = _config.Group,
        Beta = _config.Beta,
        W1s = _w1s?.Value,
        W2s = _w2s?.Value,
        W1r = _w1r?.Value,
        W2r = _w2r?.Value,
        Lambda = _lambda?.Value,
    };

    private static Init Fan(int columns) => Init.Uniform(1 / Math.Sqrt(columns));

    private sealed class EndOfListening(Action<KroneckerLayer, Tensor>? before) : IDisposable
    {
        public void Dispose() => t_probe = before;
    }
}
