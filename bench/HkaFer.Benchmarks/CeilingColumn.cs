using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace HkaFer.Benchmarks;

/// <summary>The rate as a share of what the processor's multiply-add units were measured to do with nothing else in the way.</summary>
internal sealed class CeilingColumn : IColumn
{
    public string Id => "ceiling";

    public string ColumnName => "of ceiling";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 1;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => $"GFLOP/s over the measured ceiling, {Ceiling.Of(1):F0} on one thread";

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, SummaryStyle.Default);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
    {
        int threads = benchmarkCase.Parameters.Items.Select(p => p.Value).OfType<KernelWork>().FirstOrDefault()?.Threads ?? 1;
        return RateColumn.Of(summary, benchmarkCase, work => work.Flops) is { } rate
            ? (rate / Ceiling.Of(threads)).ToString("P0", CultureInfo.InvariantCulture) : "-";
    }
}
