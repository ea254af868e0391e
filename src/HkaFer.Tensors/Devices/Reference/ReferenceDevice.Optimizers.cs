namespace HkaFer.Tensors;

// Update rules, as PyTorch defines them.
internal sealed partial class ReferenceDevice
{
    internal override double SumSquares(Tensor x) => Plain.Read(x).Sum(v => v * v);

    internal override void Adam(Tensor parameter, Tensor gradient, Tensor moment1, Tensor moment2, in AdamStep step)
    {
        double[] p = Plain.Read(parameter), g = Plain.Read(gradient), m = Plain.Read(moment1), v = Plain.Read(moment2);
        double correction1 = 1 - Math.Pow(step.Beta1, step.Step), correction2 = 1 - Math.Pow(step.Beta2, step.Step);
        for (int i = 0; i < p.Length; i++)
        {
            double slope = g[i] * step.GradientScale;
            if (step.Decoupled)
            {
                p[i] -= step.LearningRate * step.WeightDecay * p[i];
            }
            else
            {
                slope += step.WeightDecay * p[i];
            }

            m[i] = (step.Beta1 * m[i]) + ((1 - step.Beta1) * slope);
            v[i] = (step.Beta2 * v[i]) + ((1 - step.Beta2) * slope * slope);
            p[i] -= step.LearningRate / correction1 * m[i] / (Math.Sqrt(v[i] / correction2) + step.Epsilon);
        }

        Plain.Write(parameter, p);
        Plain.Write(moment1, m);
        Plain.Write(moment2, v);
    }

    internal override void Sgd(Tensor parameter, Tensor gradient, Tensor? momentum, in SgdStep step)
    {
        double[] p = Plain.Read(parameter), g = Plain.Read(gradient);
        double[]? velocity = momentum is null ? null : Plain.Read(momentum);
        for (int i = 0; i < p.Length; i++)
        {
            double slope = (g[i] * step.GradientScale) + (step.WeightDecay * p[i]);
            if (velocity is not null)
            {
                velocity[i] = step.First ? slope : (step.Momentum * velocity[i]) + slope;
                slope = step.Nesterov ? slope + (step.Momentum * velocity[i]) : velocity[i];
            }

            p[i] -= step.LearningRate * slope;
        }

        Plain.Write(parameter, p);
        if (momentum is not null) { Plain.Write(momentum, velocity!); }
    }
}
