namespace HkaFer.Bench;

/// <summary>One measured product.</summary>
/// <param name="Name">Operands, sizes and threads.</param>
/// <param name="Ours">GFLOP/s of the managed product.</param>
/// <param name="OpenBlas">GFLOP/s of OpenBLAS, or null where it is not installed.</param>
/// <param name="Checked">The largest error of the sampled elements, relative to sum |a b|, was within bounds.</param>
internal sealed record SgemmRow(string Name, double Ours, double? OpenBlas, bool Checked)
{
    /// <summary>Ours over OpenBLAS.</summary>
    public double? Ratio => Ours / OpenBlas;

    /// <summary>The row as the table prints it.</summary>
    public override string ToString() =>
        $"{Name,-44} {Ours,8:F1} {(OpenBlas is { } peer ? $"{peer,8:F1} {Ratio,6:F3}" : "OpenBLAS absent"),15}  "
        + (Checked ? "checked" : "WRONG");
}
