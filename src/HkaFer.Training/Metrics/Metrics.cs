using System.Globalization;
using System.Numerics;

namespace HkaFer.Training;

/// <summary>Measures of classification, as scikit-learn defines them (<see cref="EvaluationResult.MacroF1"/> says over which labels); where it substitutes zero for an undefined value, this gives null.</summary>
public static class Metrics
{
    /// <summary>Bins of the calibration error.</summary>
    private const int Bins = 15;

    /// <summary>Evaluates probabilities.</summary>
    /// <param name="labels">Names of the k classes.</param>
    /// <param name="truth">The true class of each of n samples, 0 to k - 1.</param>
    /// <param name="probabilities">[n, k] row by row; the greatest of a row is its prediction, the first of equals.</param>
    /// <exception cref="HkaFerException">
    /// There are no samples, the counts do not fit, a class does not exist, or a probability is NaN or outside 0 to 1.
    /// </exception>
    public static EvaluationResult Compute(IReadOnlyList<string> labels, ReadOnlySpan<int> truth, ReadOnlySpan<float> probabilities) =>
        Compute(labels, truth, probabilities, 1.1920929e-07);

    /// <inheritdoc cref="Compute(IReadOnlyList{string}, ReadOnlySpan{int}, ReadOnlySpan{float})"/>
    public static EvaluationResult Compute(IReadOnlyList<string> labels, ReadOnlySpan<int> truth, ReadOnlySpan<double> probabilities) =>
        Compute(labels, truth, probabilities, 2.220446049250313e-16);

    /// <summary>Evaluates predictions without probabilities.</summary>
    /// <param name="labels">Names of the k classes.</param>
    /// <param name="truth">The true class of each sample, 0 to k - 1.</param>
    /// <param name="predicted">The predicted class of each.</param>
    /// <exception cref="HkaFerException">There are no samples, the counts do not fit, or a class does not exist.</exception>
    public static EvaluationResult Compute(IReadOnlyList<string> labels, ReadOnlySpan<int> truth, ReadOnlySpan<int> predicted)
    {
        ArgumentNullException.ThrowIfNull(labels);
        int k = labels.Count;
        if (truth.Length == 0 || k == 0 || predicted.Length != truth.Length)
        {
            throw new HkaFerException($"metrics: need at least one sample and {truth.Length} predictions; got {predicted.Length}");
        }

        var confusion = new long[k, k];
        for (int i = 0; i < truth.Length; i++)
        {
            CheckLabel(truth[i], i, k);
            CheckLabel(predicted[i], i, k);
            confusion[truth[i], predicted[i]]++;
        }

        return Of(labels, confusion);
    }

    // epsilon: spacing of the element type at 1. As in scikit-learn, a probability of zero counts as this in the log loss, which stays finite.
    private static EvaluationResult Compute<T>(
        IReadOnlyList<string> labels, ReadOnlySpan<int> truth, ReadOnlySpan<T> probabilities, double epsilon)
        where T : struct, INumber<T>
    {
        ArgumentNullException.ThrowIfNull(labels);
        int k = labels.Count, n = truth.Length;
        if (n == 0 || k == 0 || probabilities.Length != (long)n * k)
        {
            throw new HkaFerException(
                $"metrics: need at least one sample and {(long)n * k} probabilities ({n} samples x {k} classes); got {probabilities.Length}");
        }

        var confusion = new long[k, k];
        var bins = new (double Confidence, long Right, long Count)[Bins];
        double logLoss = 0;
        for (int i = 0; i < n; i++)
        {
            int label = truth[i];
            CheckLabel(label, i, k);

            ReadOnlySpan<T> row = probabilities.Slice(i * k, k);
            Check(row, i, labels);
            int predicted = Greatest.Of(row);
            double confidence = double.CreateChecked(row[predicted]);
            confusion[label, predicted]++;
            logLoss -= Math.Log(Math.Clamp(double.CreateChecked(row[label]), epsilon, 1 - epsilon));
            ref var bin = ref bins[Math.Min(Bins - 1, (int)(confidence * Bins))];
            bin = (bin.Confidence + confidence, bin.Right + (label == predicted ? 1 : 0), bin.Count + 1);
        }

        return Of(labels, confusion) with
        {
            LogLoss = logLoss / n,
            Ece = bins.Sum(b => Math.Abs(b.Confidence - b.Right)) / n,
            Calibration = [.. bins.Select(b => new CalibrationBin(
                b.Count, b.Count == 0 ? null : b.Confidence / b.Count, Ratio(b.Right, b.Count)))],
        };
    }

    private static void CheckLabel(int label, int sample, int classes)
    {
        if (label < 0 || label >= classes)
        {
            throw new HkaFerException($"metrics: sample {sample} has class {label}; there are {classes} classes, 0 to {classes - 1}");
        }
    }

    /// <summary>What follows from counts alone.</summary>
    private static EvaluationResult Of(IReadOnlyList<string> labels, long[,] confusion)
    {
        int k = labels.Count;
        long[] rows = new long[k], columns = new long[k];
        for (int i = 0; i < k; i++)
        {
            for (int j = 0; j < k; j++)
            {
                rows[i] += confusion[i, j];
                columns[j] += confusion[i, j];
            }
        }

        ClassMetrics[] classes = [.. Enumerable.Range(0, k).Select(i => new ClassMetrics(
            labels[i], rows[i], Recall: Ratio(confusion[i, i], rows[i]), Precision: Ratio(confusion[i, i], columns[i]),
            F1: Ratio(2 * confusion[i, i], rows[i] + columns[i])))];
        ClassMetrics[] present = [.. classes.Where(c => c.Support > 0)];
        long n = rows.Sum(), right = Enumerable.Range(0, k).Sum(i => confusion[i, i]);
        return new EvaluationResult
        {
            Count = n,
            Accuracy = (double)right / n,
            MacroF1 = present.Average(c => c.F1!.Value),
            WeightedF1 = present.Sum(c => c.F1!.Value * c.Support) / n,
            BalancedAccuracy = present.Average(c => c.Recall!.Value),
            Kappa = Kappa(right, n, rows, columns),
            LogLoss = null,
            Ece = null,
            Calibration = [],
            PerClass = classes,
            Confusion = confusion,
        };
    }

    private static void Check<T>(ReadOnlySpan<T> row, int sample, IReadOnlyList<string> labels)
        where T : struct, INumber<T>
    {
        for (int j = 0; j < row.Length; j++)
        {
            // A softmax may exceed 1 by a rounding. Written so that NaN fails too.
            double p = double.CreateChecked(row[j]);
            if (!(p >= 0 && p <= 1 + 1e-5))
            {
                string got = p.ToString("g6", CultureInfo.InvariantCulture);
                string message = $"metrics: sample {sample}, class {labels[j]}: expected a probability from 0 to 1, got {got}; ";
                throw double.IsNaN(p)
                    ? new DivergedException(message + "the model gives NaN: training diverged, or its weights are broken")
                    : new HkaFerException(message + "take the softmax of logits first");
            }
        }
    }

    private static double? Kappa(long right, long n, long[] rows, long[] columns)
    {
        double chance = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            chance += (double)rows[i] * columns[i] / n;
        }

        // No class in common: no agreement was possible. One class only: no disagreement was.
        return chance == 0 || chance == n ? null : (right - chance) / (n - chance);
    }

    private static double? Ratio(long part, long whole) => whole == 0 ? null : (double)part / whole;
}
