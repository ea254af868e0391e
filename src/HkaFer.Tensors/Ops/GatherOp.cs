namespace HkaFer.Tensors;

/// <summary>Rows of a table by their numbers: embeddings of tokens, and rows in another order. table [rows, width] -> [n, width].</summary>
internal sealed class GatherOp(Tensor table, int[] rows) : Operation
{
    internal override ReadOnlySpan<Tensor?> Inputs => new Tensor?[] { table };

    /// <summary>Tables may be stored in fewer bits; what is read from them is float32.</summary>
    internal Tensor Apply() => Apply([rows.Length, table.Shape[1]], table.DType == DType.Float64 ? DType.Float64 : DType.Float32);

    internal override void Forward(Device d)
    {
        foreach ((int at, int row, int count) in Runs())
        {
            d.Copy(table.SliceView(0, row, count), Y.SliceView(0, at, count));
        }
    }

    internal override void Backward(Device d, Gradients g)
    {
        if (!g.Wants(table)) { return; }
        Tensor gy = g[Y], into = g.IntoZeroed(table);
        foreach ((int at, int row, int count) in Runs())
        {
            // One run after another: a row that is read twice gets both gradients.
            d.Copy(gy.SliceView(0, at, count), new Target(into.SliceView(0, row, count), true));
        }
    }

    /// <summary>Rows that follow each other in the table as well are copied at once.</summary>
    private IEnumerable<(int At, int Row, int Count)> Runs()
    {
        for (int at = 0, count; at < rows.Length; at += count)
        {
            count = 1;
            while (at + count < rows.Length && rows[at + count] == rows[at] + count) { count++; }
            yield return (at, rows[at], count);
        }
    }
}

public static partial class Ops
{
    /// <summary>Rows of a table by their numbers.</summary>
    /// <param name="table"><c>[rows, width]</c>, of any floating-point type.</param>
    /// <param name="rows">Numbers of rows; one may stand several times.</param>
    /// <returns><c>[n, width]</c> in float32 (in float64 from float64).</returns>
    /// <exception cref="HkaFerException">A number is no row of the table.</exception>
    public static Tensor Gather(Tensor table, params ReadOnlySpan<int> rows)
    {
        Guard.Rank("gather", "table", table, 2);
        foreach (int row in rows)
        {
            Guard.That(row >= 0 && row < table.Shape[0], $"gather: row {row} is not in the table; expected 0 to {table.Shape[0] - 1}");
        }

        return new GatherOp(table.Contiguous(), rows.ToArray()).Apply();
    }
}
