using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>
/// Changes parameters along their gradients. The state (moments, counts) outlives the steps of the tape and can be saved and put back, after
/// which training goes on with the same bits.
/// </summary>
public abstract class Optimizer
{
    private const string StepsName = "steps", UpdatesName = "updates";
    private readonly double[] _multipliers;
    private readonly long[] _updates;
    private readonly (string Name, Tensor Tensor)[] _moments;

    /// <summary>Takes the parameters and makes their state.</summary>
    /// <param name="rule">The rule's name, for messages.</param>
    /// <param name="parameters">What to train; the frozen ones among them are left out.</param>
    /// <param name="learningRate">First value of <see cref="LearningRate"/>.</param>
    /// <param name="multiplier">Factor on the rate of each parameter (layer-wise decay); 1 without.</param>
    /// <param name="buffers">Names of the tensors that the rule keeps for each parameter.</param>
    /// <exception cref="HkaFerException">
    /// Nothing is trainable, two parameters have one path, a parameter has no values yet, or a rate is negative or not finite.
    /// </exception>
    private protected Optimizer(
        string rule, IReadOnlyList<Parameter> parameters, double learningRate, Func<Parameter, double>? multiplier, params string[] buffers)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Rule = rule;
        Parameters = [.. parameters.Where(p => p.Trainable).Distinct()];
        if (Parameters.Count == 0)
        {
            throw new HkaFerException($"{rule}: none of the {parameters.Count} parameters is trainable; adapt the model or unfreeze something");
        }

        // The state is saved by path.
        if (Parameters.GroupBy(p => p.Path).FirstOrDefault(g => g.Skip(1).Any()) is { } twins)
        {
            throw new HkaFerException($"{rule}: two parameters have the path '{twins.Key}'; take the parameters of one model");
        }

        LearningRate = learningRate;
        _multipliers = [.. Parameters.Select(p => multiplier?.Invoke(p) ?? 1)];
        for (int i = 0; i < _multipliers.Length; i++)
        {
            AtLeast(0, _multipliers[i], $"the multiplier of {Parameters[i].Path}");
        }

        _updates = new long[Parameters.Count];
        _moments = [.. Parameters.SelectMany(p => buffers.Select(name => ($"{p.Path}.{name}", Like(p.Value))))];
        BuffersEach = buffers.Length;
    }

    /// <summary>Step size of the next update; a schedule sets it.</summary>
    /// <exception cref="HkaFerException">It is negative or not finite.</exception>
    public double LearningRate
    {
        get;
        set => field = AtLeast(0, value, "learning rate");
    }

    /// <summary>Calls of <see cref="Step"/> so far.</summary>
    public long Steps { get; private set; }

    /// <summary>The trained parameters.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>The moving average of the parameters, where one is kept: part of the state, followed by every <see cref="Step"/>.</summary>
    public WeightAverage? Average { get; private set; }

    /// <summary>The rule's name, for messages.</summary>
    protected string Rule { get; }

    private int BuffersEach { get; }

    /// <summary>
    /// One update of every parameter that has a gradient. As in PyTorch, one without is left as it is, and its moments too; the bias correction
    /// of Adam counts the updates of each parameter.
    /// </summary>
    /// <param name="gradientScale">Multiplies the gradients first: clipping (<see cref="GradientClipping"/>), or 1 / n for n summed batches.</param>
    /// <exception cref="HkaFerException">The scale is not finite: the gradients are not either. Nothing was changed.</exception>
    public void Step(double gradientScale = 1)
    {
        AtLeast(0, gradientScale, "gradient scale");
        Steps++;
        for (int i = 0; i < Parameters.Count; i++)
        {
            Tensor value = Parameters[i].Value;
            if (value.Grad is not null)
            {
                Apply(value, i, LearningRate * _multipliers[i], ++_updates[i], gradientScale);
            }
        }

        Average?.Follow(Steps);
    }

    /// <summary>Keeps a moving average of the parameters from their present values on.</summary>
    /// <param name="decay">Above 0 and below 1.</param>
    /// <exception cref="HkaFerException">The decay is out of range.</exception>
    public void KeepAverage(double decay) => Average = new WeightAverage(Parameters, decay);

    /// <summary>Forgets the gradients; backward passes add to them until then.</summary>
    public void ZeroGrad()
    {
        foreach (Parameter parameter in Parameters)
        {
            parameter.Value.ZeroGrad();
        }
    }

    /// <summary>
    /// All that must be saved to go on with the same bits: <c>steps</c> int64 [1], <c>updates</c> int64 [parameters] and the rule's tensors, named
    /// by parameter path and PyTorch's name (<c>head.weight.exp_avg</c>). The tensors are the live ones: write them before the next step.
    /// </summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> State() =>
    [
        (StepsName, Tensor.From([Steps], [1]).Keep()),
        (UpdatesName, Tensor.From(_updates, [_updates.Length]).Keep()),
        .. Tensors(),
    ];

    /// <summary>Puts a saved <see cref="State"/> back. All or nothing.</summary>
    /// <exception cref="HkaFerException">A tensor is missing, not known, or of another shape or type: the state is another model's or rule's.</exception>
    public void LoadState(IReadOnlyDictionary<string, Tensor> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        IReadOnlyList<(string Name, Tensor Tensor)> own = State();
        foreach ((string name, Tensor tensor) in own)
        {
            if (!state.TryGetValue(name, out Tensor? saved))
            {
                throw new HkaFerException($"{Rule}: the saved state has no '{name}'; it belongs to another model or optimizer");
            }

            if (saved.Shape != tensor.Shape || saved.DType != tensor.DType)
            {
                throw new HkaFerException($"{Rule}: '{name}' of the saved state differs; expected {tensor}, got {saved}");
            }
        }

        if (state.Keys.Except(own.Select(x => x.Name)).FirstOrDefault() is { } unknown)
        {
            throw new HkaFerException($"{Rule}: the saved state holds '{unknown}', which this optimizer does not have; it belongs to another one");
        }

        Steps = state[StepsName].ToArray<long>()[0];
        state[UpdatesName].CopyTo<long>(_updates);
        foreach ((string name, Tensor tensor) in Tensors())
        {
            tensor.CopyFrom(state[name]);
        }
    }

    /// <summary>A tensor of zeros beside a parameter, wide enough to follow it.</summary>
    // Moments of narrow parameters would lose every update smaller than a 256th, so they stay float32.
    internal static Tensor Like(Tensor value) =>
        Tensor.Zeros(value.Shape, value.DType == DType.Float64 ? DType.Float64 : DType.Float32, value.Device).Keep();

    /// <summary>One update of one parameter, whose gradient is there.</summary>
    private protected abstract void Apply(Tensor parameter, int index, double rate, long update, double gradientScale);

    /// <summary>A tensor that the rule keeps for a parameter, in the order of the names given to the constructor.</summary>
    private protected Tensor Buffer(int parameter, int which) => _moments[(parameter * BuffersEach) + which].Tensor;

    /// <summary>The value, if it is finite and at least a bound.</summary>
    private protected double AtLeast(double least, double value, string what) => double.IsFinite(value) && value >= least
        ? value
        : throw new HkaFerException($"{Rule}: {what} must be finite and at least {least}; got {value}");

    private IEnumerable<(string Name, Tensor Tensor)> Tensors() => _moments.Concat(Average?.State() ?? []);
}
