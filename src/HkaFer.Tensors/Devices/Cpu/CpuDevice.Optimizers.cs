using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors;

// Update rules.
internal sealed unsafe partial class CpuDevice
{
    internal override double SumSquares(Tensor x) =>
        IsDense(x) ? BlockSum.Of(Floats(x), x.Count, true, Set, Workers) : Plainly.SumSquares(x);

    internal override void Adam(Tensor parameter, Tensor gradient, Tensor moment1, Tensor moment2, in AdamStep step)
    {
        if (!IsDense(parameter) || !IsDense(gradient) || !IsDense(moment1) || !IsDense(moment2))
        {
            Plainly.Adam(parameter, gradient, moment1, moment2, step);
            return;
        }

        Ranges.Run(Set, Workers, parameter.Count, Ranges.Worthwhile, new AdamKernel
        {
            Parameter = Floats(parameter),
            Gradient = Floats(gradient),
            Moment1 = Floats(moment1),
            Moment2 = Floats(moment2),
            Step = step,
        });
    }

    internal override void Sgd(Tensor parameter, Tensor gradient, Tensor? momentum, in SgdStep step)
    {
        if (!IsDense(parameter) || !IsDense(gradient) || !IsDense(momentum))
        {
            Plainly.Sgd(parameter, gradient, momentum, step);
            return;
        }

        Ranges.Run(Set, Workers, parameter.Count, Ranges.Worthwhile, new SgdKernel
        {
            Parameter = Floats(parameter),
            Gradient = Floats(gradient),
            Velocity = Floats(momentum),
            Step = step,
        });
    }
}
