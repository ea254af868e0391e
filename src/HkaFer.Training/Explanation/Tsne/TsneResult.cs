namespace HkaFer.Training;

/// <summary>Points in the plane.</summary>
/// <param name="X">One a row of the data.</param>
/// <param name="Y">One a row of the data.</param>
/// <param name="Divergence">Kullback-Leibler divergence of the plane's similarities from the data's: what was minimised. With Barnes-Hut over neighbours alone.</param>
/// <param name="Exact">Whether all pairs were looked at.</param>
public sealed record TsneResult(IReadOnlyList<double> X, IReadOnlyList<double> Y, double Divergence, bool Exact);
