namespace HkaFer.Tensors;

// Normalisation, softmax, loss.
internal sealed partial class CpuDevice
{
    internal override void LayerNorm(Tensor x, Tensor weight, Tensor? bias, double epsilon, Tensor y, Tensor mean, Tensor rstd) =>
        Plainly.LayerNorm(x, weight, bias, epsilon, y, mean, rstd);

    internal override void LayerNormBackward(
        Tensor x, Tensor weight, Tensor mean, Tensor rstd, Tensor gy, Target? gx, Target? gweight, Target? gbias) =>
        Plainly.LayerNormBackward(x, weight, mean, rstd, gy, gx, gweight, gbias);

    internal override void RmsNorm(Tensor x, Tensor weight, double epsilon, Tensor y, Tensor rstd) =>
        Plainly.RmsNorm(x, weight, epsilon, y, rstd);

    internal override void RmsNormBackward(Tensor x, Tensor weight, Tensor rstd, Tensor gy, Target? gx, Target? gweight) =>
        Plainly.RmsNormBackward(x, weight, rstd, gy, gx, gweight);

    internal override void Softmax(Tensor x, Tensor y) => Plainly.Softmax(x, y);

    internal override void SoftmaxBackward(Tensor y, Tensor gy, Target gx) => Plainly.SoftmaxBackward(y, gy, gx);

    // A few rows of a few classes: float64 costs nothing here.
    internal override void CrossEntropy(Tensor logits, Tensor targets, Tensor loss, Tensor probabilities) =>
        Plainly.CrossEntropy(logits, targets, loss, probabilities);

    internal override void CrossEntropyBackward(Tensor probabilities, Tensor targets, Tensor gloss, Target glogits) =>
        Plainly.CrossEntropyBackward(probabilities, targets, gloss, glogits);
}
