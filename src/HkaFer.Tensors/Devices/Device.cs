namespace HkaFer.Tensors;

/// <summary>
/// The seam between operations and arithmetic. Above it nothing touches raw memory; a new device implements these kernels and no line above
/// changes. Tensors given to one call lie on this device; matrices are the last two axes, vectors the last. A <see cref="Target"/> says whether
/// to overwrite or to add. The plain specification of every kernel is <see cref="ReferenceDevice"/>.
/// </summary>
public abstract class Device
{
    private static readonly Lazy<CpuDevice> s_cpu = new(() => new CpuDevice());
    private static readonly ReferenceDevice s_reference = new();

    private protected Device() { }

    /// <summary>The processor, with the best kernels it has.</summary>
    public static Device Cpu => s_cpu.Value;

    /// <summary>Plain loops in float64: the specification of every kernel. Slow.</summary>
    public static Device Reference => s_reference;

    /// <summary>Where tensors are made when no device is named.</summary>
    public static Device Default => s_cpu.Value;

    /// <summary>For messages: <c>cpu</c>, <c>reference</c>.</summary>
    public abstract string Name { get; }

    // Memory.
    internal abstract Storage Allocate(long bytes);
    internal abstract void Recycle(Storage storage);
    /// <summary>Copies host bytes into a dense tensor, from a byte of it on.</summary>
    internal abstract void Write(Tensor y, ReadOnlySpan<byte> bytes, long at = 0);
    internal abstract void Read(Tensor x, Span<byte> bytes);

    // Elementwise.
    internal abstract void Fill(Tensor y, double value);

    /// <summary>y = x, or y += x; any strides (0 repeats), any element types.</summary>
    internal abstract void Copy(Tensor x, Target y);

    /// <summary>y = scale * x, or y += scale * x.</summary>
    internal abstract void Scale(Tensor x, double scale, Target y);
    internal abstract void Activate(Activation kind, Tensor x, Tensor y);
    internal abstract void ActivateBackward(Activation kind, Tensor x, Tensor gy, Target gx);

    /// <summary>y = a * b elementwise.</summary>
    internal abstract void Multiply(Tensor a, Tensor b, Target y);

    /// <summary>y = a / b elementwise.</summary>
    internal abstract void Divide(Tensor a, Tensor b, Target y);

    /// <summary>y[.., i] = residual[.., i] + x[.., i] * scale[i]; residual and scale may be absent.</summary>
    internal abstract void AddScaled(Tensor x, Tensor? scale, Tensor? residual, Tensor y);

    /// <summary>gx = gy * scale, gscale = sum over rows of gy * x.</summary>
    internal abstract void AddScaledBackward(Tensor x, Tensor? scale, Tensor gy, Target? gx, Target? gscale);

    /// <summary>y[i] = sum over all leading axes of x[.., i].</summary>
    internal abstract void SumRows(Tensor x, Target y);

    /// <summary>y[r] = |x[r, ..]|, the Euclidean norm of each vector along the last axis, at least 1e-30 so that it divides.</summary>
    internal abstract void RowNorms(Tensor x, Tensor y);

    // Matrices.

    /// <summary>Whether products of bfloat16 matrices are computed in bfloat16, with sums in float32; otherwise what is narrow is widened.</summary>
    internal virtual bool BFloat16Arithmetic => false;

    /// <summary>
    /// c = alpha a b + bias. a [.., m, k], b [k, n] or [.., k, n], c [.., m, n], any strides; bias [n] or none. With a two-dimensional b the
    /// leading axes of a and c count as rows; only then may an epilogue turn c into something else. Two bfloat16 operands are multiplied fast where
    /// <see cref="BFloat16Arithmetic"/> and alpha is 1.
    /// </summary>
    internal abstract void Gemm(Tensor a, Tensor b, Target c, double alpha = 1, Tensor? bias = null, Epilogue epilogue = default);

    /// <summary>Adds the Kronecker adapters of a layer to its output in place; see <see cref="KroneckerProblem"/>.</summary>
    internal abstract void Kronecker(KroneckerProblem p);
    internal abstract void KroneckerBackward(KroneckerProblem p, KroneckerGradients g);

    // Normalisation and attention.

    /// <summary>y = (x - mean) * rstd * weight + bias over the last axis; mean and rstd [rows] are kept for the backward pass.</summary>
    internal abstract void LayerNorm(Tensor x, Tensor weight, Tensor? bias, double epsilon, Tensor y, Tensor mean, Tensor rstd);
    internal abstract void LayerNormBackward(Tensor x, Tensor weight, Tensor mean, Tensor rstd, Tensor gy, Target? gx, Target? gweight, Target? gbias);

    /// <summary>y = x * rstd * weight with rstd = 1 / sqrt(mean(x^2) + epsilon).</summary>
    internal abstract void RmsNorm(Tensor x, Tensor weight, double epsilon, Tensor y, Tensor rstd);
    internal abstract void RmsNormBackward(Tensor x, Tensor weight, Tensor rstd, Tensor gy, Target? gx, Target? gweight);

    internal abstract void Softmax(Tensor x, Tensor y);
    internal abstract void SoftmaxBackward(Tensor y, Tensor gy, Target gx);

    /// <summary>
    /// y = softmax(scale q k^T) v. q, y [batch, heads, tokens, dim], k, v [batch, kvHeads, keys, dim], any strides with the last axis dense;
    /// head h reads key head h / (heads / kvHeads). Causal: query i sees keys up to i + keys - tokens. lse [batch, heads, tokens]: log of the sum
    /// of exponentials, all that the backward pass needs beside the inputs. Narrow: products may round what they multiply to bfloat16, with sums in float32;
    /// then the backward pass must as well, for lse is that of rounded scores.
    /// </summary>
    internal abstract void Attention(Tensor q, Tensor k, Tensor v, double scale, bool causal, Tensor y, Tensor lse, bool narrow = false);

    /// <summary>All three gradients; each target is overwritten or added to.</summary>
    internal abstract void AttentionBackward(
        Tensor q, Tensor k, Tensor v, double scale, bool causal, Tensor y, Tensor lse, Tensor gy, Target gq, Target gk, Target gv, bool narrow = false);

    /// <summary>
    /// The two halves of each head turned by angles: y = (a cos - b sin, b cos + a sin) for x = (a, b); the other way where <paramref name="back"/>.
    /// x, y [tokens, heads, dim], any strides with the last axis dense; cos, sin [tokens, dim / 2].
    /// </summary>
    internal abstract void Rotate(Tensor x, Tensor cos, Tensor sin, bool back, Target y);

    /// <summary>loss = - sum targets[i, c] log softmax(logits)[i, c]; probabilities are kept for the backward pass.</summary>
    internal abstract void CrossEntropy(Tensor logits, Tensor targets, Tensor loss, Tensor probabilities);
    internal abstract void CrossEntropyBackward(Tensor probabilities, Tensor targets, Tensor gloss, Target glogits);

    // Images.

    /// <summary>x [batch, channels, height, width] to y [batch, patches, channels * patch * patch], patches row by row.</summary>
    internal abstract void Unfold(Tensor x, int patch, Tensor y);

    /// <summary>The transpose of <see cref="Unfold"/>.</summary>
    internal abstract void Fold(Tensor gy, int patch, Target gx);

    /// <summary>Bicubic resampling (a = -0.75 without, -0.5 with antialiasing), corners not aligned. x [.., h, w] to y [.., h', w'].</summary>
    internal abstract void Bicubic(Tensor x, bool antialias, Tensor y);
    internal abstract void BicubicBackward(Tensor gy, bool antialias, Target gx);

    // Optimizers.

    /// <summary>Sum of squares, in float64.</summary>
    internal abstract double SumSquares(Tensor x);

    /// <summary>One Adam or AdamW update in place; see <see cref="AdamStep"/>.</summary>
    internal abstract void Adam(Tensor parameter, Tensor gradient, Tensor moment1, Tensor moment2, in AdamStep step);

    /// <summary>One SGD update in place; see <see cref="SgdStep"/>.</summary>
    internal abstract void Sgd(Tensor parameter, Tensor gradient, Tensor? momentum, in SgdStep step);
}
