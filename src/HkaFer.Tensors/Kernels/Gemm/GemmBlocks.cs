using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// The blocked product: for each block of columns and of k, B is packed once for the whole team; then each item packs some panels of A for
/// itself and multiplies them with all of that B. Every element sums k in the same blocks and order, whoever computes it.
/// </summary>
internal static unsafe class GemmBlocks<TKernel, TSimd, TVector>
    where TKernel : struct, IMicroKernel
    where TSimd : struct, ISimd<TVector>
    where TVector : unmanaged
{
    /// <summary>Rows of A that one item packs: with 384 k, 72 KiB, which leaves most of a second cache to B; few, so that no thread waits long for the last item of another.</summary>
    private const int RowsPerItem = 48;

    /// <summary>Columns of B that are packed at a time: with 384 k, 6 MiB, a part of a third cache.</summary>
    private const int ColumnsPerBlock = 4096;

    /// <summary>Up to this many rows, packing B costs more than reading it strided.</summary>
    private const int FewRows = 24;

    /// <param name="team">Null: on this thread only.</param>
    /// <param name="p">M and N above 0.</param>
    public static void Run(Workers? team, in GemmProblem p) => Walk(team, p, multiply: true);

    /// <summary>Packs B, block after block in the order in which <see cref="Run"/> needs them, into <see cref="GemmProblem.Packed"/>.</summary>
    /// <param name="team">Null: on this thread only.</param>
    /// <param name="p">N above 0; A and C do not matter.</param>
    public static void Pack(Workers? team, in GemmProblem p) => Walk(team, p, multiply: false);

    /// <summary>Floats of a packed B.</summary>
    public static nint PackedLength(in GemmProblem p) => (nint)Blocks(p.N, TKernel.Columns) * TKernel.Columns * Math.Max(p.K, 1);

    private static void Walk(Workers? team, in GemmProblem p, bool multiply)
    {
        var threads = team?.Count ?? 1;
        var kBlocks = Math.Max(1, Blocks(p.K, TKernel.Depth));
        // Even blocks, in fours for the transposing pack, so that no short one is left over.
        var kStep = (Blocks(p.K, kBlocks) + 3) & ~3;
        var panels = Blocks(p.N, TKernel.Columns);
        var nBlocks = Blocks(panels, ColumnsPerBlock / TKernel.Columns);
        var panelStep = Blocks(panels, nBlocks);
        var kept = p.Packed is not null;
        var inPlace = !kept && p.BCol == 1 && p.M <= FewRows && p.N >= TKernel.Columns;
        var buffer = kept ? p.Packed : PackBuffer.B((nint)panelStep * TKernel.Columns * Math.Min(kStep, Math.Max(p.K, 1)));
        for (var panel = 0; panel < panels; panel += panelStep)
        {
            var k = 0;
            do
            {
                var block = new Block
                {
                    P = p,
                    FirstColumn = panel * TKernel.Columns,
                    Panels = Math.Min(panelStep, panels - panel),
                    FirstK = k,
                    Depth = Math.Min(kStep, p.K - k),
                    PackedB = buffer,
                    InPlace = inPlace,
                };
                block.Split(threads);
                var pack = new PackB { Block = block };
                if (!kept || !multiply)
                {
                    Each(team, pack.Items, ref pack);
                }
                if (multiply)
                {
                    Each(team, block.Items, ref block);
                }
                if (kept)
                {
                    buffer += (nint)block.Panels * TKernel.Columns * Math.Max(block.Depth, 1);
                }
                k += kStep;
            }
            while (k < p.K);
        }
    }

    private static void Each<TWork>(Workers? team, int items, ref TWork work)
        where TWork : struct, IWork
    {
        if (team is not null)
        {
            team.For(items, ref work);
            return;
        }
        for (var i = 0; i < items; i++)
        {
            work.Run(i, 0);
        }
    }

    private static int Blocks(int n, int size) => n / size + (n % size != 0 ? 1 : 0);

    /// <summary>Some columns of C over one block of k; an item is some of its rows, or some of its columns where rows are few.</summary>
    private struct Block : IWork
    {
        public GemmProblem P;
        public int FirstColumn, Panels, FirstK, Depth;
        public float* PackedB;
        public bool InPlace;
        private int _rowItems, _columnItems;

        public readonly int Items => _rowItems * _columnItems;

        /// <summary>True when B's panel is multiplied where it lies; a narrow last one never is, lest it be read beyond its end.</summary>
        public readonly bool StaysInPlace(int panel) => InPlace && FirstColumn + (panel + 1) * TKernel.Columns <= P.N;

        public void Split(int threads)
        {
            var rowPanels = Blocks(P.M, TKernel.Rows);
            _rowItems = Blocks(P.M, RowsPerItem);
            _columnItems = 1;
            if (threads == 1)
            {
                return;
            }
            if (rowPanels >= 4 * threads)
            {
                _rowItems = Math.Min(rowPanels, Blocks(_rowItems, threads) * threads);
            }
            else
            {
                _columnItems = Math.Min(Panels, threads);
            }
        }

        [SkipLocalsInit]
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int index, int worker)
        {
            var rowPanels = Blocks(P.M, TKernel.Rows);
            var (rowItem, columnItem) = (index / _columnItems, index % _columnItems);
            var firstRow = (int)((long)rowPanels * rowItem / _rowItems) * TKernel.Rows;
            var endRow = Math.Min(P.M, (int)((long)rowPanels * (rowItem + 1) / _rowItems) * TKernel.Rows);
            var firstPanel = (int)((long)Panels * columnItem / _columnItems);
            var endPanel = (int)((long)Panels * (columnItem + 1) / _columnItems);

            var packedA = PackBuffer.A((nint)Blocks(endRow - firstRow, TKernel.Rows) * TKernel.Rows * Math.Max(Depth, 1));
            for (var row = firstRow; row < endRow; row += TKernel.Rows)
            {
                Packing.Panel<TSimd, TVector>(
                    P.A + row * P.ARow + FirstK * P.ACol, P.ARow, P.ACol, Math.Min(TKernel.Rows, endRow - row), Depth,
                    packedA + (nint)(row - firstRow) * Depth, TKernel.Rows);
            }

            var tile = stackalloc float[TKernel.Rows * TKernel.Columns];
            var add = P.Accumulate || FirstK > 0;
            var last = FirstK + Depth == P.K;
            var finish = last && !P.Epilogue.IsNone;
            for (var panel = firstPanel; panel < endPanel; panel++)
            {
                var column = FirstColumn + panel * TKernel.Columns;
                var columns = Math.Min(TKernel.Columns, P.N - column);
                var inPlace = StaysInPlace(panel);
                var b = inPlace ? P.B + FirstK * P.BRow + column : PackedB + (nint)panel * TKernel.Columns * Depth;
                var bRow = inPlace ? P.BRow : TKernel.Columns;
                var bias = last && P.Bias is not null ? P.Bias + column : null;
                for (var row = firstRow; row < endRow; row += TKernel.Rows)
                {
                    var rows = Math.Min(TKernel.Rows, endRow - row);
                    // This part of C was last touched a block of k ago, if ever: fetch it while the sums are made.
                    GemmTile.Prefetch(P.C + row * P.CRow + column, P.CRow, rows, columns);
                    TKernel.Multiply(Depth, packedA + (nint)(row - firstRow) * Depth, b, bRow, tile, rows, columns);
                    GemmTile.Write<TSimd, TVector>(
                        tile, TKernel.Columns, P.C + row * P.CRow + column, P.CRow, rows, columns, P.Alpha, add, bias);
                    if (finish)
                    {
                        P.Epilogue.Apply<TSimd, TVector>(P.C + row * P.CRow + column, P.CRow, row, column, rows, columns);
                    }
                }
            }
        }
    }

    private struct PackB : IWork
    {
        private const int PanelsPerItem = 4;

        public Block Block;

        public readonly int Items => Blocks(Block.Panels, PanelsPerItem);

        public readonly void Run(int index, int worker)
        {
            ref readonly var p = ref Block.P;
            var end = Math.Min(Block.Panels, (index + 1) * PanelsPerItem);
            for (var panel = index * PanelsPerItem; panel < end; panel++)
            {
                if (Block.StaysInPlace(panel))
                {
                    continue;
                }
                var column = Block.FirstColumn + panel * TKernel.Columns;
                Packing.Panel<TSimd, TVector>(
                    p.B + Block.FirstK * p.BRow + column * p.BCol, p.BCol, p.BRow, Math.Min(TKernel.Columns, p.N - column), Block.Depth,
                    Block.PackedB + (nint)panel * TKernel.Columns * Block.Depth, TKernel.Columns);
            }
        }
    }
}
