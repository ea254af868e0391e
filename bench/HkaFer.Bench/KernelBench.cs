using HkaFer.Tensors;
using HkaFer.Tensors.Kernels;

namespace HkaFer.Bench;

/// <summary>Matrix products beside OpenBLAS, and the Kronecker layers, with the best instruction set of this machine.</summary>
internal static class KernelBench
{
    /// <param name="seconds">Time for each product.</param>
    /// <param name="report">Told of each row as it is measured.</param>
    /// <param name="cancel">Stops between rows.</param>
    public static IReadOnlyList<BenchRow> Run(double seconds, Action<string> report, CancellationToken cancel)
    {
        int[] threads = [.. ((int[])[1, Engine.Threads]).Distinct()];
        void Report(object row)
        {
            cancel.ThrowIfCancellationRequested();
            report(row.ToString()!);
        }

        List<SgemmRow> products = SgemmBench.Run([.. SgemmShape.Frozen], InstructionSets.Best, threads, seconds, Report);
        List<KroneckerRow> adapters = KroneckerBench.Run(InstructionSets.Best, threads, seconds, Report);
        return
        [
            .. products.Select(row => new BenchRow(row.Name, row.Ours, "GFLOP/s", row.OpenBlas, row.Checked) { Bar = Bar.Product }),
            .. products.All(row => row.Ratio is not null) ? [Mean(products)] : Array.Empty<BenchRow>(),
            .. adapters.Select(row => new BenchRow($"heka {row.Name}", row.Gflops, "GFLOP/s", null, row.Checked)),
        ];
    }

    private static BenchRow Mean(List<SgemmRow> products) =>
        new("sgemm: geometric mean of the ratios to OpenBLAS", SgemmBench.Summary(products).Mean, "of OpenBLAS", 1, products.All(row => row.Checked))
        {
            Bar = Bar.ProductMean,
        };
}
