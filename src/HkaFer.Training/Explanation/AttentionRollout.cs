using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>Attention matrices of the blocks, multiplied (Abnar and Zuidema 2020).</summary>
internal sealed class AttentionRollout(bool residual, HeadFusion fusion)
{
    private readonly List<float[]> _blocks = [];
    private int _tokens;

    /// <summary>The next block's.</summary>
    /// <param name="attention"><c>[heads, tokens, tokens]</c>.</param>
    internal void Add(Tensor attention)
    {
        _tokens = attention.Shape[2];
        int heads = attention.Shape[0], square = _tokens * _tokens;
        float[] values = attention.ToFloats(), fused = values[..square];
        for (int h = 1; h < heads; h++)
        {
            for (int i = 0; i < square; i++)
            {
                float value = values[(h * square) + i];
                fused[i] = fusion switch { HeadFusion.Max => Math.Max(fused[i], value), HeadFusion.Min => Math.Min(fused[i], value), _ => fused[i] + value };
            }
        }

        for (int row = 0; row < _tokens; row++)
        {
            Span<float> shares = fused.AsSpan(row * _tokens, _tokens);
            Normalize(shares);
            if (residual)
            {
                for (int i = 0; i < _tokens; i++)
                {
                    shares[i] = (shares[i] + (i == row ? 1 : 0)) / 2;
                }
            }
        }

        _blocks.Add(fused);
    }

    /// <summary>How much of each token the class token holds at the end; they sum to one. The row of one token goes through the blocks backwards: no matrix is multiplied.</summary>
    internal float[] Shares()
    {
        var shares = new double[_tokens];
        shares[0] = 1;
        for (int b = _blocks.Count - 1; b >= 0; b--)
        {
            var before = new double[_tokens];
            for (int row = 0; row < _tokens; row++)
            {
                for (int i = 0; i < _tokens; i++)
                {
                    before[i] += shares[row] * _blocks[b][(row * _tokens) + i];
                }
            }

            shares = before;
        }

        return Array.ConvertAll(shares, s => (float)s);
    }

    /// <summary>Sum or extreme of the heads' rows to shares. The least of all heads may leave nothing anywhere: an even row then.</summary>
    private static void Normalize(Span<float> row)
    {
        double sum = 0;
        foreach (float value in row)
        {
            sum += value;
        }

        for (int i = 0; i < row.Length; i++)
        {
            row[i] = sum > 0 ? (float)(row[i] / sum) : 1f / row.Length;
        }
    }
}
