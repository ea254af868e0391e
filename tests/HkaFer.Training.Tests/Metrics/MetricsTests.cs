using System.Text.Json;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public class MetricsTests
{
    private static readonly string[] s_two = ["no", "yes"];

    public static TheoryData<string> Cases() => Fixtures.Of("metrics");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Measures_match_the_reference(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        int index = 0;
        foreach (JsonElement expected in dump.Expect.EnumerateArray())
        {
            string what = $"set {index}";
            int classes = expected.GetProperty("classes").GetInt32();
            int[] truth = Array.ConvertAll(dump.Tensor($"{index}.labels").Longs(), x => (int)x);
            string[] labels = [.. Enumerable.Range(0, classes).Select(i => $"class {i}")];
            FixtureTensor probabilities = dump.Tensor($"{index}.probabilities");
            double tolerance = dump.Tolerance("out", 1e-6);

            EvaluationResult single = Metrics.Compute(labels, truth, probabilities.Floats());
            foreach (EvaluationResult result in new[] { single, Metrics.Compute(labels, truth, probabilities.Doubles()) })
            {
                Assert.Equal(truth.Length, result.Count);
                Same(expected, "accuracy", result.Accuracy, tolerance, what);
                Same(expected, "macro_f1_present", result.MacroF1, tolerance, what);
                Same(expected, "macro_f1_all_labels", result.MacroF1AllLabels, tolerance, what);
                Same(expected, "weighted_f1", result.WeightedF1, tolerance, what);
                Same(expected, "balanced_accuracy", result.BalancedAccuracy, tolerance, what);
                Same(expected, "kappa", result.Kappa, tolerance, what);
                Same(expected, "log_loss", result.LogLoss, tolerance, what);
                Same(expected, "ece15", result.Ece, tolerance, what);
                Assert.Equal(15, result.Calibration.Count);
                Assert.Equal(truth.Length, result.Calibration.Sum(b => b.Count));
                double gaps = result.Calibration.Where(b => b.Count > 0).Sum(b => b.Count * Math.Abs(b.Accuracy!.Value - b.Confidence!.Value));
                Near.Relative([result.Ece!.Value], [gaps / truth.Length], 1e-12, $"{what} bins");
                // The reference writes zero where a value is undefined.
                Near.Relative(Numbers(expected, "recall"), [.. result.PerClass.Select(c => c.Recall ?? 0)], tolerance, $"{what} recall");
                Near.Relative(Numbers(expected, "precision"), [.. result.PerClass.Select(c => c.Precision ?? 0)], tolerance, $"{what} precision");
                Assert.Equal(dump.Tensor($"{index}.out.confusion").Longs(), result.Confusion.Cast<long>());
                Assert.Equal(labels, result.PerClass.Select(c => c.Name));
            }

            index++;
        }

        Assert.True(index > 0);
    }

    [Fact]
    public void Absent_class_has_null_recall_and_does_not_count()
    {
        EvaluationResult result = Metrics.Compute(["a", "b", "never"], [0, 1], new[] { 0.8, 0.1, 0.1, 0.2, 0.7, 0.1 });

        ClassMetrics never = result.PerClass[2];
        Assert.Equal(new ClassMetrics("never", 0, null, null, null), never);
        Assert.Equal(1, result.MacroF1);
        Assert.Equal(1, result.BalancedAccuracy);
    }

    [Fact]
    public void Predicted_class_without_truth_has_precision_zero_and_null_recall()
    {
        EvaluationResult result = Metrics.Compute(s_two, [0, 0], new[] { 0.9, 0.1, 0.3, 0.7 });

        Assert.Equal(new ClassMetrics("yes", 0, null, 0, 0), result.PerClass[1]);
        Assert.Equal(2.0 / 3, result.MacroF1, 12);
    }

    [Fact]
    public void Kappa_of_one_class_is_null() =>
        Assert.Null(Metrics.Compute(s_two, [1, 1], new[] { 0.1, 0.9, 0.2, 0.8 }).Kappa);

    [Fact]
    public void Certain_and_wrong_has_finite_log_loss() =>
        Assert.Equal(-Math.Log(1.1920929e-07), Metrics.Compute(s_two, [1], new[] { 1f, 0f }).LogLoss!.Value, 6);

    [Fact]
    public void Equal_probabilities_predict_the_first() =>
        Assert.Equal(1, Metrics.Compute(s_two, [0], new[] { 0.5, 0.5 }).Accuracy);

    [Fact]
    public void Calibration_counts_the_lower_edge_and_certainty()
    {
        // Both tops are certain, one is wrong: mean confidence 1, accuracy a half.
        EvaluationResult result = Metrics.Compute(s_two, [0, 0], new[] { 1.0, 0.0, 0.0, 1.0 });

        Assert.Equal(0.5, result.Ece!.Value, 12);
    }

    [Theory]
    [InlineData(double.NaN, "NaN")]
    [InlineData(1.5, "softmax")]
    [InlineData(-0.1, "softmax")]
    [InlineData(double.PositiveInfinity, "softmax")]
    public void Impossible_probability_names_sample_and_class(double value, string remedy)
    {
        var error = Assert.ThrowsAny<HkaFerException>(() => Metrics.Compute(s_two, [0, 1], new[] { 1, 0, 0.5, value }));

        Assert.Contains("sample 1, class yes", error.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_sizes_are_errors()
    {
        Assert.Throws<HkaFerException>(() => Metrics.Compute(s_two, [], Array.Empty<float>()));
        Assert.Throws<HkaFerException>(() => Metrics.Compute([], [], Array.Empty<float>()));
        Assert.Contains("got 3", Assert.Throws<HkaFerException>(() => Metrics.Compute(s_two, [0, 1], new float[3])).Message, StringComparison.Ordinal);
        Assert.Contains("class 2", Assert.Throws<HkaFerException>(() => Metrics.Compute(s_two, [2], new[] { 1f, 0f })).Message, StringComparison.Ordinal);
    }

    private static void Same(JsonElement expected, string name, double? actual, double tolerance, string what)
    {
        JsonElement value = expected.GetProperty(name);
        if (value.ValueKind == JsonValueKind.Null)
        {
            Assert.Null(actual);
            return;
        }

        Assert.NotNull(actual);
        Near.Relative([value.GetDouble()], new[] { actual.Value }, tolerance, $"{what} {name}");
    }

    private static double[] Numbers(JsonElement expected, string name) => [.. expected.GetProperty(name).EnumerateArray().Select(x => x.GetDouble())];
}
