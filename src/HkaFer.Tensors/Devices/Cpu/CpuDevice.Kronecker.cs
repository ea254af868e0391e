namespace HkaFer.Tensors;

// Kronecker adapters.
internal sealed partial class CpuDevice
{
    internal override void Kronecker(KroneckerProblem p) => Plainly.Kronecker(p);

    internal override void KroneckerBackward(KroneckerProblem p, KroneckerGradients g) => Plainly.KroneckerBackward(p, g);
}
