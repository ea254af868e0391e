namespace HkaFer.Benchmarks;

/// <summary>What one call of a kernel does: the parameter of every benchmark here.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Threads">Threads that share it.</param>
/// <param name="Flops">Operations by count, two a multiply-add; 0 where they are not what limits it.</param>
/// <param name="Bytes">Memory that must be read and written at least; 0 where it is not what limits it.</param>
public sealed record KernelWork(string Name, int Threads, double Flops = 0, double Bytes = 0)
{
    /// <summary>As the table prints it.</summary>
    public override string ToString() => $"{Name}, {Threads} thread{(Threads == 1 ? "" : "s")}";
}
