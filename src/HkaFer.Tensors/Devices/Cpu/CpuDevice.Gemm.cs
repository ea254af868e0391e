using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors;

// Matrix products.
internal sealed partial class CpuDevice
{
    /// <summary>
    /// Elements of a bfloat16 matrix that are widened at a time: 64 MiB of float32, any layer of a vision transformer at once, and large enough that
    /// a product's own costs do not show.
    /// </summary>
    internal int WidenedElements { get; init; } = 1 << 24;

    internal override unsafe void Gemm(Tensor a, Tensor b, Target c, double alpha = 1, Tensor? bias = null, Epilogue epilogue = default)
    {
        (Tensor y, bool accumulate) = c;
        bool narrow = a.DType == DType.BFloat16 && a.IsContiguous;
        bool floats = (narrow || a.DType == DType.Float32) && y.DType == DType.Float32 && IsDense(bias) && IsDense(epilogue.Scale) && IsDense(epilogue.Residual);
        bool shared = b.Shape.Rank == 2, halved = b.DType == DType.BFloat16 && shared;
        if (!floats || !(halved || (b.DType == DType.Float32 && !narrow)) || y.Strides[^1] != 1 || (shared && !(HasEvenRows(a) && HasEvenRows(y))))
        {
            Plainly.Gemm(a, b, c, alpha, bias, epilogue);
            return;
        }

        bool few = halved && !narrow && a.Shape.Rows <= GemmDotsBFloat16.MaxRows && b.Strides[0] == 1 && b.Count > 0;
        bool product = halved && !few && BFloat16Arithmetic && alpha == 1 && a.Shape.Rows > 0 && b.Count > 0;
        if (narrow && !product)
        {
            Plainly.Gemm(a, b, c, alpha, bias, epilogue);
            return;
        }

        if (halved && !product && !few)
        {
            GemmWidened(a, b, c, alpha, bias, epilogue);
            return;
        }

        var problem = new GemmProblem
        {
            M = shared ? a.Shape.Rows : a.Shape[-2],
            N = b.Shape[-1],
            K = b.Shape[-2],
            A = narrow ? null : (float*)a.Address,
            ARow = RowStride(a),
            ACol = (nint)a.Strides[^1],
            B = halved ? null : (float*)b.Address,
            BRow = (nint)b.Strides[^2],
            BCol = (nint)b.Strides[^1],
            C = (float*)y.Address,
            CRow = RowStride(y),
            Alpha = (float)alpha,
            Accumulate = accumulate,
            Bias = Floats(bias),
            Epilogue = new GemmEpilogue
            {
                Activation = epilogue.Activation,
                Scale = Floats(epilogue.Scale),
                Residual = Floats(epilogue.Residual),
                ResidualRow = b.Shape[-1],
            },
        };
        if (few)
        {
            GemmDotsBFloat16.Run(Workers, Set, problem, (ushort*)b.Address);
        }
        else if (product)
        {
            BFloat16Product.Run(OneDnnLibrary.Found!, Workers, Set, problem, (ushort*)b.Address, b.Packed?.BFloat16, narrow ? (ushort*)a.Address : null);
        }
        else if (shared)
        {
            problem.Packed = b.Packed is { } packed ? packed.For(Workers, Set, problem) : null;
            Kernels.Gemm.Run(Workers, Set, problem);
        }
        else
        {
            RunBatches(problem, a, b, y, 0, 0, 0, 0);
        }

        GC.KeepAlive(b);
    }

    /// <summary>
    /// By blocks of columns: the output layer of a language model would be a gigabyte in float32. Whole with an epilogue, whose residual must be dense.
    /// </summary>
    private void GemmWidened(Tensor a, Tensor b, Target c, double alpha, Tensor? bias, Epilogue epilogue)
    {
        int columns = b.Shape[1], block = Math.Clamp(WidenedElements / Math.Max(1, b.Shape[0]), 1, Math.Max(1, columns));
        if (block == columns || !epilogue.IsNone)
        {
            // A region of its own: the widened copy is needed for this product only, and the step would keep it to its end.
            using var region = new Region();
            Gemm(a, Widened(b), c, alpha, bias, epilogue);
            return;
        }

        Tensor rows = a.Shape.Rank == 2 ? a : a.Rows(), results = c.Tensor.Shape.Rank == 2 ? c.Tensor : c.Tensor.Rows();
        for (int from = 0; from < columns; from += block)
        {
            int count = Math.Min(block, columns - from);
            using var region = new Region();
            Tensor wide = Widened(b.SliceView(1, from, count));
            Gemm(rows, wide, c with { Tensor = results.SliceView(1, from, count) }, alpha, bias?.SliceView(0, from, count));
        }
    }

    /// <summary>The matrix in float32, with its axes in the same order in memory.</summary>
    private Tensor Widened(Tensor b)
    {
        bool transposed = b.Strides[^1] != 1;
        Tensor source = transposed ? b.TransposeView(0, 1) : b, wide = Tensor.Empty(source.Shape, DType.Float32, this);
        Copy(source, wide);
        return transposed ? wide.TransposeView(0, 1) : wide;
    }

    /// <summary>Whether all leading axes step evenly, so that they count as rows of one matrix.</summary>
    private static bool HasEvenRows(Tensor x) => x.Shape.Rank <= 2 || x.IsContiguous;

    /// <summary>Elements from a row to the next. Not the stride itself where all is dense: that of an axis of one element may be anything.</summary>
    private static nint RowStride(Tensor x) => x.IsContiguous ? x.Shape[-1] : (nint)x.Strides[^2];

    /// <summary>Leading axes one inside the other; the innermost runs as one batch.</summary>
    private unsafe void RunBatches(GemmProblem problem, Tensor a, Tensor b, Tensor y, int axis, long aAt, long bAt, long yAt)
    {
        int count = a.Shape[axis];
        if (axis == a.Shape.Rank - 3)
        {
            problem.A += aAt;
            problem.B += bAt;
            problem.C += yAt;
            Kernels.Gemm.RunBatch(Workers, Set, problem, count, (nint)a.Strides[axis], (nint)b.Strides[axis], (nint)y.Strides[axis]);
            return;
        }

        for (int i = 0; i < count; i++)
        {
            RunBatches(problem, a, b, y, axis + 1, aAt + (i * a.Strides[axis]), bAt + (i * b.Strides[axis]), yAt + (i * y.Strides[axis]));
        }
    }
}
