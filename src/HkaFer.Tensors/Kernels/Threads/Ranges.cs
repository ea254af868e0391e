namespace HkaFer.Tensors.Kernels;

/// <summary>Runs a <see cref="IRangeKernel"/> in parts of equal size on a team of threads.</summary>
internal static class Ranges
{
    /// <summary>
    /// Floats that make a part worth a thread: 128 KiB, some ten microseconds of memory traffic against about one to hand a part out.
    /// </summary>
    internal const int Worthwhile = 1 << 15;

    /// <summary>Does items 0 .. <paramref name="count"/> - 1.</summary>
    /// <param name="set">Instruction set.</param>
    /// <param name="workers">Team.</param>
    /// <param name="count">Items.</param>
    /// <param name="part">Items of one part; the last may be smaller. Nothing that a kernel computes may depend on it.</param>
    /// <param name="kernel">The kernel.</param>
    internal static void Run<TKernel>(InstructionSet set, Workers workers, long count, long part, TKernel kernel)
        where TKernel : struct, IRangeKernel
    {
        if (count <= 0)
        {
            return;
        }

        // The team counts in 32 bits.
        part = Math.Max(part, (count + int.MaxValue - 1) / int.MaxValue);
        var work = new Work<TKernel> { Kernel = kernel, Set = set, Count = count, Part = part };
        workers.For((int)((count + work.Part - 1) / work.Part), ref work);
    }

    /// <summary>Rows of a matrix that together are worth a thread.</summary>
    internal static long RowsWorthwhile(long width) => Math.Max(1, Worthwhile / Math.Max(1, width));

    private struct Work<TKernel> : IWork, ISimdKernel
        where TKernel : struct, IRangeKernel
    {
        public TKernel Kernel;
        public InstructionSet Set;
        public long Count, Part, Start, End;

        public readonly void Run(int index, int worker)
        {
            // Several threads run this struct at once: each sets the bounds in a copy of its own.
            Work<TKernel> part = this;
            part.Start = index * Part;
            part.End = Math.Min(Count, part.Start + Part);
            InstructionSets.Run(Set, ref part);
        }

        public void Run<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
            => Kernel.Run<TSimd, TVector>(Start, End);
    }
}
