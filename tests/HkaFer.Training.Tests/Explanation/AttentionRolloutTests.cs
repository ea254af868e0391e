using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public class AttentionRolloutTests
{
    // Two heads, three tokens.
    private static readonly float[] s_first = [.2f, .3f, .5f, .1f, .8f, .1f, .6f, .2f, .2f, .4f, .4f, .2f, .3f, .3f, .4f, .1f, .1f, .8f];
    private static readonly float[] s_second = [.5f, .25f, .25f, .2f, .2f, .6f, .9f, .05f, .05f, .1f, .6f, .3f, .3f, .5f, .2f, .2f, .3f, .5f];

    [Theory]
    [InlineData(true, HeadFusion.Mean)]
    [InlineData(false, HeadFusion.Mean)]
    [InlineData(true, HeadFusion.Max)]
    [InlineData(false, HeadFusion.Min)]
    public void Shares_are_the_class_token_s_row_of_the_product_of_all_blocks(bool residual, HeadFusion fusion)
    {
        var rollout = new AttentionRollout(residual, fusion);
        rollout.Add(Tensor.From(s_first, [2, 3, 3]));
        rollout.Add(Tensor.From(s_second, [2, 3, 3]));

        double[,] first = Fused(s_first), second = Fused(s_second);
        var row = new double[3];
        for (int j = 0; j < 3; j++)
        {
            for (int k = 0; k < 3; k++)
            {
                row[j] += second[0, k] * first[k, j];
            }
        }

        Near.Relative(row, rollout.Shares(), 1e-6, "shares");
        Assert.Equal(1, rollout.Shares().Sum(), 5);

        double[,] Fused(float[] a)
        {
            var matrix = new double[3, 3];
            for (int r = 0; r < 3; r++)
            {
                double[] line = [.. Enumerable.Range(0, 3).Select(c => (a[(r * 3) + c], a[9 + (r * 3) + c])).Select(p =>
                    fusion switch { HeadFusion.Max => Math.Max(p.Item1, p.Item2), HeadFusion.Min => Math.Min(p.Item1, p.Item2), _ => (p.Item1 + p.Item2) / 2.0 })];
                for (int c = 0; c < 3; c++)
                {
                    double share = line[c] / line.Sum();
                    matrix[r, c] = residual ? (0.5 * share) + (r == c ? 0.5 : 0) : share;
                }
            }

            return matrix;
        }
    }

    [Fact]
    public void Attention_of_a_block_gives_what_the_kernel_gives()
    {
        var vit = TinyModels.Vit();
        EncoderBlock block = EncoderBlock.Of(vit).Blocks[0];
        var rng = new Rng(3);
        const int tokens = 5, width = 16;
        Tensor qkv = Tensor.From([.. Enumerable.Range(0, tokens * 3 * width).Select(_ => (float)rng.Normal())], [1, tokens, 3 * width]);
        Tensor attention = block.Attention(qkv, qkv);
        Assert.Equal([2, tokens, tokens], attention.Shape.Sizes.ToArray());

        // Times the values, head by head, it is the output of self-attention.
        Tensor values = qkv.Slice(-1, 2 * width, width).Contiguous().Reshape(tokens, 2, width / 2).Transpose(0, 1).Contiguous();
        Tensor y = Ops.MatMul(attention, values).Transpose(0, 1).Contiguous();
        Near.Relative(Ops.SelfAttention(qkv, 2).ToFloats(), y.ToFloats(), 1e-5, "attention");
    }
}
