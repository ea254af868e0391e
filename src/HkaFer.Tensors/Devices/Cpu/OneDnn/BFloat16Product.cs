using System.Collections.Concurrent;
using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors;

/// <summary>
/// C = A B + bias, or C += A B, then the epilogue, with C float32 and B bfloat16: A is rounded to bfloat16 where it is not yet, sums are float32. Rows are cut
/// into one part a thread, each of which rounds its rows and multiplies them on that thread, or columns where rows are few. The library chooses its order of
/// addition by the shape of a part, so the bits are those of one number of threads; parts of one size for all would cost 3 to 8 % of a step (docs/performance.md).
/// </summary>
internal static unsafe class BFloat16Product
{
    /// <summary>Shapes change with the last, short batch and from model to model; a process that sees more than this starts over.</summary>
    internal const int MaxPlans = 1024;

    /// <summary>Up to this many rows the columns are cut: the library lays out all of B anew for each part of the rows.</summary>
    private const int FewRows = 64;

    /// <summary>Columns are cut between whole cache lines of C.</summary>
    private const int ColumnStep = 16;

    private static readonly ConcurrentDictionary<Plan, Prepared> s_plans = new();
    private static int s_alive;

    /// <summary>Products that the library holds memory for.</summary>
    internal static int Alive => Volatile.Read(ref s_alive);

    /// <summary>Computes it.</summary>
    /// <param name="library">Found on this machine.</param>
    /// <param name="workers">Threads.</param>
    /// <param name="set">Instruction set of the epilogue.</param>
    /// <param name="p">The product; B is read through <paramref name="weights"/>, <see cref="GemmProblem.Alpha"/> must be 1, A's last axis dense.</param>
    /// <param name="weights">B, strided as <paramref name="p"/> says.</param>
    /// <param name="kept">Keeps B in the library's own layout; null where B may change.</param>
    /// <param name="rounded">A without gaps where it is bfloat16; then p has none.</param>
    internal static void Run(
        OneDnnLibrary library, Workers workers, InstructionSet set, in GemmProblem p, ushort* weights, BFloat16Packing? kept = null, ushort* rounded = null)
    {
        bool columns = kept is null && p.M <= FewRows && p.N > p.M;
        int parts = library.IsSliced ? Math.Clamp(columns ? p.N / ColumnStep : p.M, 1, workers.Count) : 1;
        var work = new Work { Library = library, Set = set, P = p, Weights = weights, Rounded = rounded, Parts = parts, Columns = columns, Kept = kept };
        workers.For(parts, ref work);
    }

    /// <summary>A product of a shape, made by the first that asks for it.</summary>
    internal static Prepared PreparedFor(OneDnnLibrary library, Plan plan)
    {
        if (s_plans.TryGetValue(plan, out Prepared? prepared))
        {
            return prepared;
        }

        if (s_plans.Count >= MaxPlans)
        {
            // What other threads hold stays usable until they let go of it.
            s_plans.Clear();
        }

        int threads = library.OneThread();
        try
        {
            return s_plans[plan] = new Prepared(library, plan);
        }
        finally
        {
            library.Restore(threads);
        }
    }

    private struct Work : IWork, ISimdKernel
    {
        public OneDnnLibrary Library;
        public InstructionSet Set;
        public GemmProblem P;
        public ushort* Weights, Rounded;
        public int Parts;
        public bool Columns;
        public BFloat16Packing? Kept;
        private int _row, _rows, _column, _columns;

        public readonly void Run(int index, int worker)
        {
            // Several threads run this struct at once: each names its part in a copy of its own.
            Work part = this;
            (part._row, part._rows) = Columns ? (0, P.M) : Range(P.M, 1, index);
            (part._column, part._columns) = Columns ? Range(P.N, ColumnStep, index) : (0, P.N);
            part.Multiply();
            if (!P.Epilogue.IsNone)
            {
                InstructionSets.Run(Set, ref part);
            }
        }

        public readonly void Run<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
            => P.Epilogue.Apply<TSimd, TVector>(C, P.CRow, _row, _column, _rows, _columns);

        private readonly float* C => P.C + (_row * P.CRow) + _column;

        private readonly void Multiply()
        {
            Prepared prepared = PreparedFor(
                Library, new Plan(_rows, _columns, P.K, P.BRow, P.BCol, P.CRow, P.Accumulate, P.Bias is not null, Kept is not null));
            long bytes = Rounded is null ? (((long)_rows * P.K * sizeof(ushort)) + 63) & ~63L : 0;
            byte* scratch = (byte*)Scratch.Get(bytes + prepared.ScratchpadBytes);
            ushort* rows = Rounded + ((long)_row * P.K);
            if (Rounded is null)
            {
                rows = (ushort*)scratch;
                Round(rows, _row, _rows);
            }

            void* weights = Kept is null ? Weights + (_column * P.BCol) : Kept.For(prepared, Weights);
            prepared.Execute(Library, rows, weights, P.Bias is null ? null : P.Bias + _column, C, scratch + bytes);
        }

        /// <summary>A thread's part of some rows or columns, in whole steps but for the last.</summary>
        private readonly (int First, int Count) Range(int all, int step, int index)
        {
            int steps = (all + step - 1) / step, first = (int)((long)steps * index / Parts) * step;
            return (first, Math.Min(all, (int)((long)steps * (index + 1) / Parts) * step) - first);
        }

        private readonly void Round(ushort* to, int first, int rows)
        {
            if (P.ACol == 1 && P.ARow == P.K)
            {
                Conversions.ToBFloat16(P.A + (first * P.ARow), to, (long)rows * P.K);
                return;
            }

            for (int i = 0; i < rows; i++)
            {
                Conversions.ToBFloat16(P.A + ((first + i) * P.ARow), to + ((long)i * P.K), P.K);
            }
        }
    }

    /// <summary>What decides a prepared product.</summary>
    internal readonly record struct Plan(int M, int N, int K, nint BRow, nint BCol, nint CRow, bool Accumulate, bool Bias, bool Packed, bool TransposedA = false);

    /// <summary>
    /// A product of one shape, made ready by the library. Safe to run from several threads; the collector, which knows when the last of them is done with it,
    /// gives the library's memory back.
    /// </summary>
    internal sealed class Prepared
    {
        private readonly OneDnnLibrary _library;
        private readonly Plan _plan;
        private readonly nint _a, _plain, _any, _b, _bias, _c, _description, _primitive, _scratchpad;

        public Prepared(OneDnnLibrary library, Plan p)
        {
            (_library, _plan) = (library, p);
            Interlocked.Increment(ref s_alive);
            _a = library.Matrix(p.M, p.K, OneDnnLibrary.BFloat16, p.TransposedA ? 1 : p.K, p.TransposedA ? p.M : 1);
            nint plain = library.Matrix(p.K, p.N, OneDnnLibrary.BFloat16, p.BRow, p.BCol), any = p.Packed ? library.AnyMatrix(p.K, p.N, OneDnnLibrary.BFloat16) : 0;
            (_plain, _any) = (plain, any);
            _c = library.Matrix(p.M, p.N, OneDnnLibrary.Float32, p.CRow, 1);
            _bias = p.Bias ? library.Matrix(1, p.N, OneDnnLibrary.Float32, p.N, 1) : 0;
            (_description, _primitive, _scratchpad, ScratchpadBytes) = library.Matmul(_a, p.Packed ? any : plain, _bias, _c, p.Accumulate);
            (_b, PackedBytes) = p.Packed ? library.ChosenLayout(_description) : (plain, 0);
        }

        // Also where the constructor failed: what was not made is zero.
        ~Prepared()
        {
            _library.DestroyMatmul(_description, _primitive);
            foreach (nint matrix in (ReadOnlySpan<nint>)[_a, _plain, _any, _bias, _c])
            {
                _library.DestroyMatrix(matrix);
            }

            Interlocked.Decrement(ref s_alive);
        }

        public long ScratchpadBytes { get; }

        /// <summary>Bytes of the weights in the layout that the library chose.</summary>
        public long PackedBytes { get; }

        /// <summary>Whether another product reads weights in the same layout.</summary>
        public bool ReadsAs(Prepared other) =>
            (_plan.BRow, _plan.BCol) == (other._plan.BRow, other._plan.BCol) && _library.IsSame(_b, other._b);

        /// <summary>Puts weights into that layout.</summary>
        public void Pack(void* weights, void* packed)
        {
            _library.Reorder(_plain, weights, _b, packed);
            GC.KeepAlive(this);
        }

        public void Execute(OneDnnLibrary library, void* a, void* b, void* bias, void* c, void* scratchpad)
        {
            Span<OneDnnArgument> arguments = stackalloc OneDnnArgument[_bias == 0 ? 4 : 5];
            arguments[0] = new(OneDnnArgument.Source, library.Wrap(_a, a));
            arguments[1] = new(OneDnnArgument.Weights, library.Wrap(_b, b));
            arguments[2] = new(OneDnnArgument.Destination, library.Wrap(_c, c));
            arguments[3] = new(OneDnnArgument.Scratchpad, library.Wrap(_scratchpad, scratchpad));
            if (_bias != 0)
            {
                arguments[4] = new(OneDnnArgument.Bias, library.Wrap(_bias, bias));
            }

            try
            {
                library.Execute(_primitive, arguments);
            }
            finally
            {
                foreach (OneDnnArgument argument in arguments)
                {
                    library.Release(argument.Memory);
                }

                GC.KeepAlive(this);
            }
        }
    }
}
