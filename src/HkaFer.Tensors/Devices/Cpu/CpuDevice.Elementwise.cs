namespace HkaFer.Tensors;

// Elementwise kernels.
internal sealed partial class CpuDevice
{
    internal override void Fill(Tensor y, double value) => Plainly.Fill(y, value);

    internal override void Copy(Tensor x, Target y) => Plainly.Copy(x, y);

    internal override void Scale(Tensor x, double scale, Target y) => Plainly.Scale(x, scale, y);

    internal override void Activate(Activation kind, Tensor x, Tensor y) => Plainly.Activate(kind, x, y);

    internal override void ActivateBackward(Activation kind, Tensor x, Tensor gy, Target gx) => Plainly.ActivateBackward(kind, x, gy, gx);

    internal override void Multiply(Tensor a, Tensor b, Target y) => Plainly.Multiply(a, b, y);

    internal override void AddScaled(Tensor x, Tensor? scale, Tensor? residual, Tensor y) => Plainly.AddScaled(x, scale, residual, y);

    internal override void AddScaledBackward(Tensor x, Tensor? scale, Tensor gy, Target? gx, Target? gscale) =>
        Plainly.AddScaledBackward(x, scale, gy, gx, gscale);

    internal override void SumRows(Tensor x, Target y) => Plainly.SumRows(x, y);
}
