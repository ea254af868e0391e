using System.Text.Json;
using HkaFer.Testing;
using Cases = HkaFer.Testing.Fixtures;

namespace HkaFer.Tensors.Tests.Fixtures;

/// <summary>Update rules and the gradient norm against dumps; learning rates are taken as the case gives them.</summary>
[Trait("Category", "Fixtures")]
public class OptimizerFixtureTests
{
    public static TheoryData<string> Rows => Cases.Of("optimizer");

    public static TheoryData<string> ClipRows => Cases.Of("clip-grad-norm");

    [Theory, MemberData(nameof(Rows))]
    public void Update_rule_equals_the_reference_dump(string row)
    {
        FixtureCase fixture = Cases.Open(row);
        double[] rates = [.. fixture.Expect.GetProperty("learning_rates").EnumerateArray().Select(v => v.GetDouble())];
        foreach (Device device in FixtureRun.Devices)
        {
            var run = new FixtureRun(fixture, device);
            Tensor parameter = run.Input("param.0").Detach(), first = Zeros(parameter), second = Zeros(parameter);
            for (int step = 0; fixture.Has($"grad.{step}"); step++)
            {
                Tensor gradient = run.Input($"grad.{step}");
                double scale = ClipScale(run, device.SumSquares(gradient));
                Update(run, parameter, gradient, first, second, step, rates[step], scale);
                Near.Relative(
                    fixture.Tensor($"param.{step + 1}").Doubles(), parameter.ToDoubles(), fixture.Tolerance("out", 0),
                    $"{fixture.Name}, parameter after step {step + 1} on {device.Name}");
            }
        }

        static Tensor Zeros(Tensor like) => Tensor.Zeros(like.Shape, like.DType, like.Device);
    }

    [Theory, MemberData(nameof(ClipRows))]
    public void Gradient_norm_equals_the_reference_dump(string row)
    {
        FixtureCase fixture = Cases.Open(row);
        foreach (Device device in FixtureRun.Devices)
        {
            var run = new FixtureRun(fixture, device);
            string[] names = [.. fixture.Names.Where(name => name.StartsWith("grad.", StringComparison.Ordinal))];
            double squares = names.Sum(name => device.SumSquares(run.Input(name))), tolerance = fixture.Tolerance("out", 0);
            Near.Relative(fixture.Tensor("out.norm").Doubles(), [Math.Sqrt(squares)], tolerance, $"{fixture.Name}, norm on {device.Name}");
            foreach (string name in names)
            {
                Tensor clipped = run.Input(name).Clone();
                device.Scale(clipped, Scale(run.Number("max_norm", 1), squares), clipped);
                Near.Relative(
                    fixture.Tensor($"out.{name}").Doubles(), clipped.ToDoubles(), tolerance, $"{fixture.Name}, {name} on {device.Name}");
            }
        }
    }

    private static void Update(
        FixtureRun run, Tensor parameter, Tensor gradient, Tensor first, Tensor second, int step, double rate, double scale)
    {
        // Defaults are PyTorch's.
        string kind = run.Text("optimizer");
        double[] betas = run.Numbers("betas") is { Length: 2 } given ? given : [0.9, 0.999];
        double decay = run.Number("weight_decay", kind == "adamw" ? 0.01 : 0), momentum = run.Number("momentum", 0);
        switch (kind)
        {
            case "adam" or "adamw":
                parameter.Device.Adam(parameter, gradient, first, second, new AdamStep(
                    rate, betas[0], betas[1], run.Number("eps", 1e-8), decay, kind == "adamw", step + 1, scale));
                break;
            case "sgd":
                parameter.Device.Sgd(
                    parameter, gradient, momentum == 0 ? null : first,
                    new SgdStep(rate, momentum, run.Flag("nesterov"), decay, step == 0, scale));
                break;
            default:
                throw new InvalidOperationException($"the case asks for optimizer '{kind}'; there are adam, adamw and sgd");
        }
    }

    private static double ClipScale(FixtureRun run, double squares) =>
        run.Case.Config.TryGetProperty("clip", out JsonElement clip) && clip.ValueKind == JsonValueKind.Number
            ? Scale(clip.GetDouble(), squares)
            : 1;

    /// <summary>PyTorch's clip_grad_norm_: the norm is limited, with 1e-6 beside it.</summary>
    private static double Scale(double limit, double squares) => Math.Min(1, limit / (Math.Sqrt(squares) + 1e-6));
}
