using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>
/// Exponential moving average of an optimizer's parameters. The decay grows from nearly nothing, min(decay, (1 + t) / (10 + t)) at the t-th update, so that
/// the fresh values it begins with are soon forgotten.
/// </summary>
public sealed class WeightAverage
{
    private readonly (Parameter Parameter, Tensor Mean)[] _means;

    internal WeightAverage(IReadOnlyList<Parameter> parameters, double decay)
    {
        Decay = decay is > 0 and < 1 ? decay : throw new HkaFerException($"ema: the decay must be above 0 and below 1; got {decay}");
        _means = [.. parameters.Select(p => (p, Optimizer.Like(p.Value)))];
        foreach ((Parameter parameter, Tensor mean) in _means)
        {
            mean.CopyFrom(parameter.Value.Detach());
        }
    }

    /// <summary>Share of the average that an update leaves, once it has grown to it.</summary>
    public double Decay { get; }

    /// <summary>Puts the average into the parameters until the result is disposed, which brings their own values back to the bit.</summary>
    public IDisposable Apply() => new Applied(_means);

    /// <summary>Takes the parameters' values in.</summary>
    /// <param name="update">Updates made so far, from 1.</param>
    internal void Follow(long update)
    {
        double decay = Math.Min(Decay, (1.0 + update) / (10 + update));
        foreach ((Parameter parameter, Tensor mean) in _means)
        {
            Update.Average(mean, parameter.Value.Detach(), decay);
        }
    }

    /// <summary>The live tensors, named by parameter.</summary>
    internal IEnumerable<(string Name, Tensor Tensor)> State() => _means.Select(m => ($"{m.Parameter.Path}.average", m.Mean));

    private sealed class Applied : IDisposable
    {
        private readonly (Parameter Parameter, Tensor Own)[] _own;

        internal Applied((Parameter Parameter, Tensor Mean)[] means)
        {
            _own = [.. means.Select(m => (m.Parameter, m.Parameter.Value.Clone().Keep()))];
            foreach ((Parameter parameter, Tensor mean) in means)
            {
                parameter.Value.Detach().CopyFrom(mean);
            }
        }

        public void Dispose()
        {
            foreach ((Parameter parameter, Tensor own) in _own)
            {
                parameter.Value.Detach().CopyFrom(own);
            }
        }
    }
}
