using System.Runtime.CompilerServices;

namespace HkaFer.Tensors.Kernels;

/// <summary>
/// Products with few rows or few columns whose operands both run along k (x W^T for a handful of tokens, or for a handful of classes):
/// dot products straight from memory, 4 by 4, since a packed copy would be used too few times to pay for itself.
/// </summary>
internal static unsafe class GemmDots<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : unmanaged
{
    private const int Side = 4;

    /// <param name="team">Null: on this thread only.</param>
    /// <param name="p">M, N above 0; ACol = BRow = 1.</param>
    public static void Run(Workers? team, in GemmProblem p)
    {
        var strips = new Strips { P = p, AlongN = p.N >= p.M };
        var count = (Math.Max(p.M, p.N) + Side - 1) / Side;
        strips.Items = team is null ? 1 : Math.Min(count, 4 * team.Count);
        strips.Count = count;
        if (team is null)
        {
            strips.Run(0, 0);
        }
        else
        {
            team.For(strips.Items, ref strips);
        }
    }

    private struct Strips : IWork
    {
        public GemmProblem P;
        public bool AlongN;
        public int Count, Items;

        public readonly void Run(int index, int worker)
        {
            var first = (int)((long)Count * index / Items) * Side;
            var end = (int)((long)Count * (index + 1) / Items) * Side;
            if (AlongN)
            {
                Range(P, 0, P.M, first, Math.Min(end, P.N));
            }
            else
            {
                Range(P, first, Math.Min(end, P.M), 0, P.N);
            }
        }
    }

    private static void Range(in GemmProblem p, int firstRow, int endRow, int firstColumn, int endColumn)
    {
        var tile = stackalloc float[Side * Side];
        for (var column = firstColumn; column < endColumn; column += Side)
        {
            var columns = Math.Min(Side, endColumn - column);
            var bias = p.Bias is null ? null : p.Bias + column;
            for (var row = firstRow; row < endRow; row += Side)
            {
                var rows = Math.Min(Side, endRow - row);
                Dot4x4(p.K, p.A + row * p.ARow, p.ARow, rows, p.B + column * p.BCol, p.BCol, columns, tile);
                GemmTile.Write<TSimd, TVector>(tile, Side, p.C + row * p.CRow + column, p.CRow, rows, columns, p.Alpha, p.Accumulate, bias);
                if (!p.Epilogue.IsNone)
                {
                    p.Epilogue.Apply<TSimd, TVector>(p.C + row * p.CRow + column, p.CRow, row, column, rows, columns);
                }
            }
        }
    }

    /// <summary>tile[i, j] = a_i . b_j; a row or column that does not exist is computed as a copy of the last that does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot4x4(int depth, float* a, nint aRow, int rows, float* b, nint bRow, int columns, float* tile)
    {
        float* a0 = a, a1 = a + Math.Min(1, rows - 1) * aRow, a2 = a + Math.Min(2, rows - 1) * aRow, a3 = a + Math.Min(3, rows - 1) * aRow;
        for (var j = 0; j < columns; j += 2)
        {
            var b0 = b + j * bRow;
            var b1 = b + Math.Min(j + 1, columns - 1) * bRow;
            TVector c00, c10, c20, c30, c01, c11, c21, c31;
            c00 = c10 = c20 = c30 = c01 = c11 = c21 = c31 = TSimd.Zero;
            for (var k = 0; k < depth; k += TSimd.Count)
            {
                var left = depth - k;
                var y0 = Load(b0 + k, left);
                var y1 = Load(b1 + k, left);
                var x = Load(a0 + k, left);
                c00 = TSimd.Fma(x, y0, c00);
                c01 = TSimd.Fma(x, y1, c01);
                x = Load(a1 + k, left);
                c10 = TSimd.Fma(x, y0, c10);
                c11 = TSimd.Fma(x, y1, c11);
                x = Load(a2 + k, left);
                c20 = TSimd.Fma(x, y0, c20);
                c21 = TSimd.Fma(x, y1, c21);
                x = Load(a3 + k, left);
                c30 = TSimd.Fma(x, y0, c30);
                c31 = TSimd.Fma(x, y1, c31);
            }
            tile[j] = TSimd.Sum(c00);
            tile[j + 1] = TSimd.Sum(c01);
            tile[4 + j] = TSimd.Sum(c10);
            tile[4 + j + 1] = TSimd.Sum(c11);
            tile[8 + j] = TSimd.Sum(c20);
            tile[8 + j + 1] = TSimd.Sum(c21);
            tile[12 + j] = TSimd.Sum(c30);
            tile[12 + j + 1] = TSimd.Sum(c31);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Load(float* from, int left) => left >= TSimd.Count ? TSimd.Load(from) : TSimd.LoadPartial(from, left);
}
