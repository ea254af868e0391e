namespace HkaFer.Tensors;

// Update rules.
internal sealed partial class CpuDevice
{
    internal override double SumSquares(Tensor x) => Plainly.SumSquares(x);

    internal override void Adam(Tensor parameter, Tensor gradient, Tensor moment1, Tensor moment2, in AdamStep step) =>
        Plainly.Adam(parameter, gradient, moment1, moment2, step);

    internal override void Sgd(Tensor parameter, Tensor gradient, Tensor? momentum, in SgdStep step) =>
        Plainly.Sgd(parameter, gradient, momentum, step);
}
