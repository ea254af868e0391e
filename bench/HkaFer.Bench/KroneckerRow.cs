namespace HkaFer.Bench;

/// <summary>One measured layer of Kronecker adapters.</summary>
/// <param name="Name">Widths, tokens, threads and direction.</param>
/// <param name="Milliseconds">The best time.</param>
/// <param name="Gflops">The products of the adapters alone, two flops a multiply-add, over that time.</param>
/// <param name="DenseShare">Multiply-adds of the adapters over those of the dense layer forward.</param>
/// <param name="Checked">A few tokens agreed with the reference.</param>
internal sealed record KroneckerRow(string Name, double Milliseconds, double Gflops, double DenseShare, bool Checked)
{
    /// <summary>The row as the table prints it.</summary>
    public override string ToString() =>
        $"{Name,-52} {Milliseconds,8:F2} {Gflops,8:F1} {DenseShare,6:F2}  {(Checked ? "checked" : "WRONG")}";
}
