using HkaFer.Testing;
using Cases = HkaFer.Testing.Fixtures;

namespace HkaFer.Tensors.Tests.Fixtures;

/// <summary>Kronecker products, layers with Kronecker adapters and routers, and LoRA layers against dumps.</summary>
[Trait("Category", "Fixtures")]
public class AdapterFixtureTests
{
    public static TheoryData<string> KroneckerRows => Cases.Of("kronecker");

    public static TheoryData<string> HekaRows => Cases.Of("heka-layer");

    public static TheoryData<string> LoraRows => Cases.Of("lora-layer");

    [Theory, MemberData(nameof(KroneckerRows))]
    public void Kronecker_product_equals_the_reference_dump(string row)
    {
        FixtureCase fixture = Cases.Open(row);
        foreach (Device device in FixtureRun.Devices)
        {
            var run = new FixtureRun(fixture, device);
            Tensor x = run.Input("x"), c = run.Input("C"), d = run.Input("D");
            Tensor zero = Tensor.Zeros([.. x.Shape.Leading, c.Shape[0] * d.Shape[0]], x.DType, device);
            run.Check("out.y", Ops.AddKronecker(zero, x, new KroneckerAdapterSet { C = [c], D = [d], Beta = 1 }));
        }
    }

    [Theory, MemberData(nameof(KroneckerRows))]
    public void Kronecker_product_of_unit_vectors_is_the_dense_matrix(string row)
    {
        FixtureCase fixture = Cases.Open(row);
        var run = new FixtureRun(fixture, Device.Reference);
        Tensor c = run.Input("C"), d = run.Input("D");
        int input = c.Shape[1] * d.Shape[1], output = c.Shape[0] * d.Shape[0];
        double[] identity = new double[input * input];
        for (int i = 0; i < input; i++) { identity[(i * input) + i] = 1; }
        Tensor y = Ops.AddKronecker(
            Tensor.Zeros([input, output], DType.Float64, Device.Reference), Tensor.From(identity, [input, input], Device.Reference),
            new KroneckerAdapterSet { C = [c], D = [d], Beta = 1 });
        Near.Relative(fixture.Tensor("dense").Doubles(), y.Transpose().ToDoubles(), 1e-7, $"{fixture.Name}, dense");
    }

    [Theory, MemberData(nameof(HekaRows))]
    public void Heka_layer_equals_the_reference_dump(string row)
    {
        FixtureCase fixture = Cases.Open(row);
        foreach (Device device in FixtureRun.Devices)
        {
            var run = new FixtureRun(fixture, device);
            int n = fixture.Names.Count(name => name.StartsWith("C.", StringComparison.Ordinal));
            Tensor x = run.Input("x"), probabilities = Tensor.Empty([.. x.Shape.Leading, n], x.DType, device);
            Tensor h = Ops.AddKronecker(
                Ops.Linear(x, run.Input("weight"), run.Optional("bias")), x,
                new KroneckerAdapterSet
                {
                    C = [.. Enumerable.Range(0, n).Select(i => run.Input($"C.{i}"))],
                    D = [.. Enumerable.Range(0, n).Select(i => run.Input($"D.{i}"))],
                    Router = RouterOf(run.Text("router")),
                    Pooling = run.Text("pooling") == "strided" ? Pooling.Strided : Pooling.Contiguous,
                    Group = run.Int("group"),
                    Beta = run.Number("beta", 2),
                    W1s = run.Optional("router.w1s"),
                    W2s = run.Optional("router.w2s"),
                    W1r = run.Optional("router.w1r"),
                    W2r = run.Optional("router.w2r"),
                    Lambda = run.Optional("router.lambda"),
                },
                probabilities);
            Near.Relative(
                fixture.Tensor("out.probabilities").Doubles(), probabilities.ToDoubles(), fixture.Tolerance("out", 0),
                $"{fixture.Name}, probabilities on {device.Name}");
            run.Check("out.h", h);
        }
    }

    [Theory, MemberData(nameof(LoraRows))]
    public void Lora_layer_equals_the_reference_dump(string row)
    {
        FixtureCase fixture = Cases.Open(row);
        foreach (Device device in FixtureRun.Devices)
        {
            var run = new FixtureRun(fixture, device);
            Tensor x = run.Input("x"), weight = run.Input("weight"), a = run.Input("lora_A"), b = run.Input("lora_B");
            double scale = run.Number("alpha", 1) / run.Int("rank");
            Tensor merged = Ops.Add(weight, Ops.Scale(Ops.MatMul(b, a), scale));
            Near.Relative(
                fixture.Tensor("out.merged_weight").Doubles(), merged.ToDoubles(), fixture.Tolerance("out", 0),
                $"{fixture.Name}, merged weight on {device.Name}");
            run.Check("out.h", Ops.AddLowRank(Ops.Linear(x, weight, run.Optional("bias")), x, a, b, scale));
        }
    }

    private static Router RouterOf(string name) => name switch
    {
        "sum" => Router.Sum,
        "sb" => Router.SpatialBranch,
        "rb" => Router.RelationBranch,
        "dbir" => Router.DualBranch,
        _ => throw new InvalidOperationException($"the case asks for router '{name}'; there are sum, sb, rb and dbir"),
    };
}
