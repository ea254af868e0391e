using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Adapters;
using HkaFer.Models;
using HkaFer.Tensors;

namespace Research;

/// <summary>Options of a bottleneck adapter: y + scale * U gelu(D x), D [size, in], U [out, size] (Houlsby et al. 2019, beside a layer).</summary>
public sealed record Bottleneck : AdapterConfig
{
    public int Size { get; init; } = 16;

    public double Scale { get; init; } = 1;

    public override string Method => "bottleneck";        // its name in recipes

    public override string PeftType => "BOTTLENECK";      // its name in adapter_config.json

    public override AdapterLayer Create(string path, int input, int output, int hidden) => Size > 0
        ? new BottleneckLayer(path, input, output, this)
        : throw new HkaFer.HkaFerException($"bottleneck: size {Size} is not possible at {path}; choose at least 1");

    public override void Write(JsonObject json, int hidden) => (json["size"], json["scale"]) = (Size, Scale);

    public static Bottleneck Read(JsonElement json) =>
        new() { Size = json.GetProperty("size").GetInt32(), Scale = json.GetProperty("scale").GetDouble() };
}

/// <summary>The adapter beside one linear layer. U starts at zero, so that a new adapter changes nothing.</summary>
public sealed class BottleneckLayer : AdapterLayer
{
    private readonly Bottleneck _config;
    private readonly Parameter _down, _up;

    public BottleneckLayer(string path, int input, int output, Bottleneck config)
        : base(path, input, output)
    {
        _config = config;
        _down = Declare("bottleneck_down", [config.Size, input], Init.Uniform(1 / Math.Sqrt(input)));
        _up = Declare("bottleneck_up", [output, config.Size], Init.Zeros);
    }

    // No fixed weight does what a nonlinear adapter does.
    public override string? MergeObstacle => "a bottleneck is not linear in its input; keep the adapter apart";

    // x [.., in] is what the layer read, y [.., out] what it gave.
    protected override Tensor AddEnabled(Tensor x, Tensor y) =>
        Ops.Add(y, Ops.Scale(Ops.Linear(Ops.Gelu(Ops.Linear(x, _down)), _up), _config.Scale));
}
