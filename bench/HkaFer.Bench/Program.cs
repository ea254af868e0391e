using System.Globalization;
using HkaFer.Bench;
using HkaFer.Tensors.Kernels;

if (args is not ["sgemm" or "sgemm-others" or "kronecker", ..])
{
    Console.Error.WriteLine("usage: HkaFer.Bench sgemm|sgemm-others|kronecker [seconds per row] [Avx512|Avx2|AdvSimd|Portable] [threads ...]");
    return 2;
}
var seconds = args.Length > 1 ? double.Parse(args[1], CultureInfo.InvariantCulture) : 0.5;
var set = args.Length > 2 ? Enum.Parse<InstructionSet>(args[2], ignoreCase: true) : InstructionSets.Best;
int[] threads = args.Length > 3 ? [.. args[3..].Select(int.Parse)] : [1, 2];
if (args[0] == "kronecker")
{
    Console.WriteLine($"kronecker, {set}; ms, GFLOP/s, share of the dense layer's forward");
    return KroneckerBench.Run(set, threads, seconds, Console.WriteLine).All(r => r.Checked) ? 0 : 1;
}
var shapes = args[0] == "sgemm" ? SgemmShape.Frozen : SgemmShape.Others;
Console.WriteLine($"sgemm, {set}; GFLOP/s ours, OpenBLAS, ratio");
var rows = SgemmBench.Run([.. shapes], set, threads, seconds, Console.WriteLine);
var (mean, least) = SgemmBench.Summary(rows);
Console.WriteLine($"ratio to OpenBLAS: geometric mean {mean:F3}, least {least:F3}");
return rows.All(r => r.Checked) ? 0 : 1;
