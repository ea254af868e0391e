using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors.Tests.Kernels;

/// <summary>How the operands of a test product lie in memory.</summary>
public enum GemmLayout
{
    /// <summary>A and B in rows.</summary>
    Rows,

    /// <summary>B transposed: x W^T.</summary>
    BTransposed,

    /// <summary>A transposed: g^T x.</summary>
    ATransposed,

    /// <summary>Both transposed.</summary>
    BothTransposed,

    /// <summary>No stride is 1, in A, B or between the rows of C.</summary>
    Strided,
}

/// <summary>Which epilogue a test product has.</summary>
public readonly record struct GemmAfter(Activation? Activation, bool Scale, bool Residual);

/// <summary>A product in guarded memory, its operands filled with random numbers.</summary>
internal sealed unsafe class GemmCase : IDisposable
{
    private readonly GuardedFloats _a, _b, _c, _bias, _scale, _residual;
    private readonly float[] _before;
    private readonly int _batch;
    private readonly int _matrix;
    private GemmProblem _problem;

    public GemmCase(int m, int n, int k, GemmLayout layout, float alpha = 1, bool accumulate = false, bool bias = false, int batch = 1, GemmAfter after = default)
    {
        var step = layout == GemmLayout.Strided ? 2 : 1;
        var (aRow, aCol) = layout is GemmLayout.ATransposed or GemmLayout.BothTransposed ? (1, m) : (k * step + (step - 1), step);
        var (bRow, bCol) = layout is GemmLayout.BTransposed or GemmLayout.BothTransposed ? (1, k) : (n * step + (step - 1), step);
        var cRow = n + 3 * (step - 1);
        AStep = m == 0 || k == 0 ? 0 : (m - 1) * aRow + (k - 1) * aCol + 1;
        BStep = n == 0 || k == 0 ? 0 : (k - 1) * bRow + (n - 1) * bCol + 1;
        _matrix = m == 0 || n == 0 ? 0 : (m - 1) * cRow + n;
        _batch = batch;
        _a = Random((int)AStep * batch, 1);
        _b = Random((int)BStep * batch, 2);
        _c = Random(_matrix * batch, 3);
        _bias = Random(n, 4);
        _scale = Random(n, 5);
        _residual = Random(m * n, 6);
        if (!accumulate)
        {
            // What C held before may not matter, whatever it was.
            _c.Span.Fill(float.NaN);
        }
        _before = _c.Span.ToArray();
        _problem = new GemmProblem
        {
            M = m, N = n, K = k,
            A = _a.Pointer, ARow = aRow, ACol = aCol,
            B = _b.Pointer, BRow = bRow, BCol = bCol,
            C = _c.Pointer, CRow = cRow,
            Alpha = alpha, Accumulate = accumulate,
            Bias = bias ? _bias.Pointer : null,
            Epilogue = new GemmEpilogue
            {
                Activation = after.Activation,
                Scale = after.Scale ? _scale.Pointer : null,
                Residual = after.Residual ? _residual.Pointer : null, ResidualRow = n,
            },
        };
    }

    public nint AStep { get; }

    public nint BStep { get; }

    public GemmProblem Problem => _problem;

    /// <summary>C as it lies in memory, gaps between rows included.</summary>
    public float[] Result => _c.Span.ToArray();

    public void Run(Workers workers, InstructionSet set)
    {
        _before.CopyTo(_c.Span);
        Gemm.Run(workers, set, _problem);
    }

    /// <summary>As <see cref="Run"/>, with a B that was packed before, and whose own memory is not read again.</summary>
    public void RunPacked(Workers workers, InstructionSet set)
    {
        using var packed = new GuardedFloats((int)Gemm.PackedLength(set, _problem));
        var p = _problem with { Packed = packed.Pointer };
        Gemm.Pack(workers, set, p);
        packed.Check();
        _before.CopyTo(_c.Span);
        Gemm.Run(workers, set, Gemm.UsesDots(p) ? p : p with { B = null });
    }

    public void RunBatch(Workers workers, InstructionSet set)
    {
        _before.CopyTo(_c.Span);
        Gemm.RunBatch(workers, set, _problem, _batch, AStep, BStep, _matrix);
    }

    /// <summary>Fails unless C is what the reference says and every float between the rows of C is what it was.</summary>
    public void Check(string what)
    {
        _a.Check();
        _b.Check();
        _c.Check();
        _scale.Check();
        _residual.Check();
        var result = Result;
        var touched = new bool[result.Length];
        fixed (float* before = _before)
        {
            for (var item = 0; item < _batch; item++)
            {
                var p = _problem;
                p.A += item * AStep;
                p.B += item * BStep;
                p.C = before + item * _matrix;
                for (var m = 0; m < p.M; m++)
                {
                    for (var n = 0; n < p.N; n++)
                    {
                        var at = item * _matrix + m * (int)p.CRow + n;
                        touched[at] = true;
                        var expected = GemmReference.Element(p, m, n);
                        // Partial sums of K random terms below 1 stay near sqrt(K), and their roundings add up to sqrt(K) of one:
                        // K units of 2^-24. Eight more for scale, old C and bias, as many for an epilogue, whose slope is below 1.13.
                        var tolerance = 7e-8 * (p.K + 16);
                        if (!(Math.Abs(result[at] - expected) <= tolerance))
                        {
                            Assert.Fail($"{what}: C[{m}, {n}] of item {item}: expected {expected}, got {result[at]}");
                        }
                    }
                }
            }
        }
        for (var i = 0; i < result.Length; i++)
        {
            var same = BitConverter.SingleToInt32Bits(result[i]) == BitConverter.SingleToInt32Bits(_before[i]);
            Assert.True(touched[i] || same, $"{what}: the gap between two rows of C was written");
        }
    }

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
        _c.Dispose();
        _bias.Dispose();
        _scale.Dispose();
        _residual.Dispose();
    }

    private static GuardedFloats Random(int length, int seed)
    {
        var floats = new GuardedFloats(length);
        var random = new Random(seed * 1000 + length);
        for (var i = 0; i < length; i++)
        {
            floats.Span[i] = random.NextSingle() * 2 - 1;
        }
        return floats;
    }
}
