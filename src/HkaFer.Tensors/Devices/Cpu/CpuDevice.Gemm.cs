using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors;

// Matrix products.
internal sealed partial class CpuDevice
{
    internal override unsafe void Gemm(Tensor a, Tensor b, Target c, double alpha = 1, Tensor? bias = null, Epilogue epilogue = default)
    {
        (Tensor y, bool accumulate) = c;
        bool floats = a.DType == DType.Float32 && y.DType == DType.Float32 && IsDense(bias) && IsDense(epilogue.Scale) && IsDense(epilogue.Residual);
        bool shared = b.Shape.Rank == 2, halved = b.DType == DType.BFloat16 && shared;
        if (!floats || !(halved || b.DType == DType.Float32) || y.Strides[^1] != 1 || (shared && !(HasEvenRows(a) && HasEvenRows(y))))
        {
            Plainly.Gemm(a, b, c, alpha, bias, epilogue);
            return;
        }

        bool product = halved && BFloat16Arithmetic && alpha == 1 && a.Shape.Rows > 0 && b.Count > 0;
        if (halved && !product)
        {
            // A region of its own: the widened copy is needed for this product only, and the step would keep it to its end.
            using var region = new Region();
            Gemm(a, Widened(b), c, alpha, bias, epilogue);
            return;
        }

        var problem = new GemmProblem
        {
            M = shared ? a.Shape.Rows : a.Shape[-2],
            N = b.Shape[-1],
            K = b.Shape[-2],
            A = (float*)a.Address,
            ARow = RowStride(a),
            ACol = (nint)a.Strides[^1],
            B = product ? null : (float*)b.Address,
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
        if (product)
        {
            BFloat16Product.Run(OneDnnLibrary.Found!, Workers, Set, problem, (ushort*)b.Address);
        }
        else if (shared)
        {
            Kernels.Gemm.Run(Workers, Set, problem);
        }
        else
        {
            RunBatches(problem, a, b, y, 0, 0, 0, 0);
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
