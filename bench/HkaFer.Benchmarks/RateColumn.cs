using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace HkaFer.Benchmarks;

/// <summary>Work over the median time.</summary>
internal sealed class RateColumn(string name, Func<KernelWork, double> amount) : IColumn
{
    public string Id => name;

    public string ColumnName => name;

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => $"{name} at the median time";

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, SummaryStyle.Default);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) =>
        Of(summary, benchmarkCase, amount) is { } rate ? rate.ToString("F1", CultureInfo.InvariantCulture) : "-";

    /// <summary>Billions a second, or null where nothing was counted or measured.</summary>
    internal static double? Of(Summary summary, BenchmarkCase c, Func<KernelWork, double> amount) =>
        c.Parameters.Items.Select(p => p.Value).OfType<KernelWork>().FirstOrDefault() is { } work
        && amount(work) is > 0 and var much && summary[c]?.ResultStatistics?.Median is { } nanoseconds ? much / nanoseconds : null;
}
