using HkaFer.Testing;
using Cases = HkaFer.Testing.Fixtures;

namespace HkaFer.Tensors.Tests.Fixtures;

/// <summary>Single operations against dumps of a reference implementation.</summary>
[Trait("Category", "Fixtures")]
public class OperationFixtureTests
{
    private static readonly Dictionary<string, Action<FixtureRun>> s_kinds = new(StringComparer.Ordinal)
    {
        ["op-gelu"] = run => run.Check("out.y", Ops.Activate(Gelu(run.Text("form")), run.Input("x"))),
        ["op-silu"] = run => run.Check("out.y", Ops.Activate(Activation.Silu, run.Input("x"))),
        ["op-softmax"] = run => run.Check("out.y", Softmax(run.Input("x"), run.Int("axis"))),
        ["op-layer-norm"] = run =>
            run.Check("out.y", Ops.LayerNorm(run.Input("x"), run.Input("weight"), run.Optional("bias"), run.Number("eps", 1e-5))),
        ["op-rms-norm"] = run => run.Check("out.y", Ops.RmsNorm(run.Input("x"), run.Input("weight"), run.Number("eps", 1e-6))),
        ["op-attention"] = run => run.Check("out.y", Attention(run)),
        ["op-cross-entropy"] = run => run.Check("out.y", CrossEntropy(run)),
        ["op-patch-embedding"] = run => run.Check("out.y", Ops.PatchEmbedding(run.Input("x"), run.Input("weight"), run.Optional("bias"))),
        ["op-bicubic"] = run => run.Check("out.y", Bicubic(run)),
    };

    public static TheoryData<string> Rows => Cases.Of([.. s_kinds.Keys]);

    [Theory, MemberData(nameof(Rows))]
    public void Operation_equals_the_reference_dump(string row)
    {
        FixtureCase fixture = Cases.Open(row);
        foreach (Device device in FixtureRun.Devices) { s_kinds[fixture.Kind](new FixtureRun(fixture, device)); }
    }

    [Fact]
    public void Every_operation_kind_that_is_found_is_read()
    {
        Assert.All(Cases.Discover().Select(found => found.Kind).Where(kind => kind.StartsWith("op-", StringComparison.Ordinal)).Distinct(),
            kind => Assert.Contains(kind, s_kinds.Keys));
    }

    private static Activation Gelu(string form) => form switch
    {
        "erf" => Activation.Gelu,
        "quick" => Activation.QuickGelu,
        _ => throw new InvalidOperationException($"the case asks for GELU in form '{form}'; there are erf and quick"),
    };

    private static Tensor Softmax(Tensor x, int axis) =>
        axis == -1 || axis == x.Shape.Rank - 1 ? Ops.Softmax(x) : Ops.Softmax(x.Transpose(axis, -1)).Transpose(axis, -1);

    private static Tensor Attention(FixtureRun run)
    {
        double scale = run.Number("scale", 1 / Math.Sqrt(run.Int("head_dim")));
        return Ops.Attention(run.Input("q"), run.Input("k"), run.Input("v"), scale, run.Flag("causal"));
    }

    private static Tensor CrossEntropy(FixtureRun run)
    {
        double smoothing = run.Number("label_smoothing", 0);
        return run.Flag("soft")
            ? Ops.CrossEntropySoft(run.Input("logits"), run.Case.Tensor("targets").Doubles(), smoothing)
            : Ops.CrossEntropy(
                run.Input("logits"), Array.ConvertAll(run.Case.Tensor("labels").Longs(), v => (int)v), smoothing, run.Numbers("weight"));
    }

    private static Tensor Bicubic(FixtureRun run)
    {
        Assert.False(run.Flag("align_corners"));
        double[] size = run.Numbers("size");
        return Ops.Bicubic(run.Input("x"), (int)size[0], (int)size[1], run.Flag("antialias"));
    }
}
