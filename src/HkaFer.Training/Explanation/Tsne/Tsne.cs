namespace HkaFer.Training;

/// <summary>
/// t-SNE: rows of features as points in a plane, such that what is alike lies together (van der Maaten and Hinton 2008; with Barnes and Hut's tree,
/// van der Maaten 2014). Equal input and settings give equal bits with any number of threads.
/// </summary>
public static class Tsne
{
    /// <summary>Fewest rows for which the arrangement means anything.</summary>
    public const int Fewest = 5;

    /// <summary>Up to which several starts take seconds.</summary>
    private const int FewPoints = 1000;

    private const double Spread = 1e-4, SmallestGain = 0.01;

    /// <summary>Arranges rows in a plane.</summary>
    /// <param name="rows"><c>[count, width]</c>, row by row.</param>
    /// <param name="width">Width of a row.</param>
    /// <param name="settings">The defaults where not given.</param>
    /// <param name="progress">Told the number of steps done, of all starts together, on the calling thread.</param>
    /// <param name="cancel">Stops between steps.</param>
    /// <exception cref="HkaFerException">There are too few rows, a value is not finite, or a setting is out of range.</exception>
    public static TsneResult Embed(float[] rows, int width, TsneSettings? settings = null, IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        settings ??= new TsneSettings();
        int count = Check(rows, width, settings);

        // Neighbours must outnumber the perplexity well, or no width of the Gaussian has it.
        double perplexity = Math.Min(settings.Perplexity, (count - 1) / 3.0);
        bool exact = settings.Exact ?? count <= TsneSettings.ExactUpTo;
        int neighbours = exact ? count - 1 : Math.Min(count - 1, (int)((3 * perplexity) + 1));
        Affinities p = Affinities.Of(rows, count, width, perplexity, neighbours, cancel);
        TsneResult? best = null;
        int starts = settings.Starts ?? (count <= FewPoints ? 3 : 1);
        for (int start = 0; start < starts; start++)
        {
            bool axes = start == 0 && settings.Start == TsneStart.PrincipalAxes;
            ulong seed = settings.Seed + (ulong)(settings.Start == TsneStart.PrincipalAxes ? start - 1 : start);
            (double[] x, double[] y) = axes ? OnAxes(rows, count, width) : AtRandom(count, seed);
            double normaliser = Descend(p, x, y, exact ? null : settings.Theta, settings, step => progress?.Report((start * settings.Iterations) + step), cancel);
            double divergence = p.Divergence(x, y, normaliser);
            best = best is null || divergence < best.Divergence ? new TsneResult(x, y, divergence, exact) : best;
        }

        return best!;
    }

    private static int Check(float[] rows, int width, TsneSettings s)
    {
        if (width < 1 || rows.Length % width != 0 || rows.Length / width < Fewest)
        {
            throw new HkaFerException($"t-sne: {rows.Length} values in rows of {width}; expected at least {Fewest} whole rows");
        }

        int bad = Array.FindIndex(rows, value => !float.IsFinite(value));
        return bad >= 0 ? throw new HkaFerException($"t-sne: row {bad / width} holds {rows[bad]}; every feature must be a finite number")
            : s.Perplexity is not (>= 1 and <= 10_000) ? throw new HkaFerException($"t-sne: perplexity is {s.Perplexity}; expected 1 to 10000")
            : s.Theta is not (>= 0 and <= 0.7) ? throw new HkaFerException($"t-sne: theta is {s.Theta}; expected 0 to 0.7: beyond, a point would repel itself")
            : s.Iterations is < 1 or > 1_000_000 ? throw new HkaFerException($"t-sne: iterations are {s.Iterations}; expected 1 to 1000000")
            : s.Exaggeration is not (>= 1 and <= 1000) ? throw new HkaFerException($"t-sne: exaggeration is {s.Exaggeration}; expected 1 to 1000")
            : s.Starts is < 1 or > 1000 ? throw new HkaFerException($"t-sne: starts are {s.Starts}; expected 1 to 1000")
            : s.LearningRate is not (null or (> 0 and < 1e9)) ? throw new HkaFerException($"t-sne: learning rate is {s.LearningRate}; expected a number above 0")
            : rows.Length / width;
    }

    private static (double[] X, double[] Y) AtRandom(int count, ulong seed)
    {
        var rng = new Rng(seed);
        double[] values = [.. Enumerable.Range(0, 2 * count).Select(_ => rng.Normal() * Spread)];
        return (values[..count], values[count..]);
    }

    private static (double[] X, double[] Y) OnAxes(float[] rows, int count, int width)
    {
        (double[] x, double[] y) = PrincipalAxes.Of(rows, count, width);
        double deviation = Math.Sqrt(x.Sum(v => v * v) / count), scale = deviation > 0 ? Spread / deviation : 0;
        return (Array.ConvertAll(x, v => v * scale), Array.ConvertAll(y, v => v * scale));
    }

    /// <summary>Gradient descent with momentum and a gain for every coordinate.</summary>
    /// <returns>The normaliser of the plane's similarities where the points have come to.</returns>
    private static double Descend(Affinities p, double[] x, double[] y, double? theta, TsneSettings settings, Action<int> progress, CancellationToken cancel)
    {
        int count = x.Length;
        double rate = settings.LearningRate ?? Math.Max(count / settings.Exaggeration / 4, 50);
        var forces = new Forces(p, theta);
        var (stepX, stepY) = (new Course(count), new Course(count));
        for (int step = 0; step < settings.Iterations; step++)
        {
            cancel.ThrowIfCancellationRequested();
            bool early = step < settings.ExaggeratedIterations;
            if (step == settings.ExaggeratedIterations)
            {
                (stepX, stepY) = (new Course(count), new Course(count));
            }

            forces.Compute(x, y, early ? settings.Exaggeration : 1, cancel);
            stepX.Move(x, forces.X, early ? 0.5 : 0.8, rate);
            stepY.Move(y, forces.Y, early ? 0.5 : 0.8, rate);
            progress(step + 1);
        }

        forces.Compute(x, y, 1, cancel);
        return forces.Normaliser;
    }

    /// <summary>What one coordinate of all points keeps from step to step.</summary>
    private sealed class Course(int count)
    {
        private readonly double[] _update = new double[count], _gain = [.. Enumerable.Repeat(1.0, count)];

        internal void Move(double[] at, double[] gradient, double momentum, double rate)
        {
            for (int i = 0; i < at.Length; i++)
            {
                _gain[i] = Math.Max(SmallestGain, _update[i] * gradient[i] < 0 ? _gain[i] + 0.2 : _gain[i] * 0.8);
                _update[i] = (momentum * _update[i]) - (rate * _gain[i] * gradient[i]);
                at[i] += _update[i];
            }
        }
    }
}
