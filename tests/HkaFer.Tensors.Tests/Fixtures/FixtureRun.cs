using System.Text.Json;
using HkaFer.Testing;

namespace HkaFer.Tensors.Tests.Fixtures;

/// <summary>One reference case on one device: its inputs as tensors that want gradients, and the comparison of results and gradients.</summary>
internal sealed class FixtureRun(FixtureCase fixture, Device device)
{
    private readonly Dictionary<string, Tensor> _inputs = [];

    /// <summary>The devices that cases run on: float32 kernels, and plain loops in float64.</summary>
    public static IReadOnlyList<Device> Devices => [Device.Cpu, Device.Reference];

    public FixtureCase Case => fixture;

    /// <summary>An input or parameter, as the type that the device computes in.</summary>
    public Tensor Input(string name)
    {
        if (!_inputs.TryGetValue(name, out Tensor? x))
        {
            FixtureTensor stored = fixture.Tensor(name);
            x = Tensor.From(stored.Doubles(), Shape.Create(stored.Shape), device);
            if (device == Device.Cpu) { x = x.To(DType.Float32); }
            x.RequiresGrad = true;
            _inputs.Add(name, x);
        }

        return x;
    }

    /// <summary>As <see cref="Input"/>, or null where the case has no such tensor.</summary>
    public Tensor? Optional(string name) => fixture.Has(name) ? Input(name) : null;

    /// <summary>Compares the result, runs the tape backwards from the case's upstream gradient, and compares every gradient given.</summary>
    public void Check(string output, Tensor y)
    {
        Near.Relative(
            fixture.Tensor(output).Doubles(), y.ToDoubles(), fixture.Tolerance("out", 0), $"{fixture.Name}, {output} on {device.Name}");
        FixtureTensor upstream = fixture.Tensor("upstream");
        y.Backward(Tensor.From(upstream.Doubles(), Shape.Create(upstream.Shape), device).To(y.DType));
        string[] expected = [.. fixture.Names.Where(name => name.StartsWith("grad.", StringComparison.Ordinal))];
        Assert.NotEmpty(expected);
        double largest = expected.Max(name => fixture.Tensor(name).Doubles().Max(Math.Abs));
        foreach (string name in expected)
        {
            Tensor gradient = Input(name["grad.".Length..]).Grad
                ?? throw new InvalidOperationException($"{fixture.Name}: {name} is expected, but the input got no gradient");
            Near.Relative(
                fixture.Tensor(name).Doubles(), gradient.ToDoubles(), fixture.Tolerance("grad", 0),
                $"{fixture.Name}, {name} on {device.Name}", 0.01 * largest);
        }
    }

    public int Int(string key) => fixture.Config.GetProperty(key).GetInt32();

    public double Number(string key, double fallback) =>
        fixture.Config.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : fallback;

    public bool Flag(string key) => fixture.Config.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    public string Text(string key) => fixture.Config.GetProperty(key).GetString()!;

    public double[] Numbers(string key) =>
        fixture.Config.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(v => v.GetDouble())]
            : [];
}
