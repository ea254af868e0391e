namespace HkaFer.Tensors;

// Attention.
internal sealed partial class CpuDevice
{
    internal override void Attention(Tensor q, Tensor k, Tensor v, double scale, bool causal, Tensor y, Tensor lse) =>
        Plainly.Attention(q, k, v, scale, causal, y, lse);

    internal override void AttentionBackward(
        Tensor q, Tensor k, Tensor v, double scale, bool causal, Tensor y, Tensor lse, Tensor gy, Target gq, Target gk, Target gv) =>
        Plainly.AttentionBackward(q, k, v, scale, causal, y, lse, gy, gq, gk, gv);
}
