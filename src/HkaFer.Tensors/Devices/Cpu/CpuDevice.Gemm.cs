namespace HkaFer.Tensors;

// Matrix products.
internal sealed partial class CpuDevice
{
    internal override void Gemm(Tensor a, Tensor b, Target c, double alpha = 1, Tensor? bias = null) => Plainly.Gemm(a, b, c, alpha, bias);
}
