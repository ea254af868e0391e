using HkaFer.Models;

namespace HkaFer.Adapters;

/// <summary>A and B beside a linear layer. A starts Kaiming-uniform, B zero, so a new adapter changes nothing.</summary>
public abstract class LowRankLayer : AdapterLayer
{
    private protected LowRankLayer(string path, int input, int output, LowRankConfig config)
        : base(path, input, output)
    {
        Config = config;
        A = Declare("lora_A", [config.Rank, input], Init.Uniform(1 / Math.Sqrt(input)));
        B = Declare("lora_B", [output, config.Rank], Init.Zeros);
    }

    /// <summary>Rank and alpha of this layer.</summary>
    public LowRankConfig Config { get; }

    /// <summary>A <c>[rank, in]</c>.</summary>
    public Parameter A { get; }

    /// <summary>B <c>[out, rank]</c>.</summary>
    public Parameter B { get; }

    /// <inheritdoc/>
    internal override bool IsWrittenByParts => true;

    /// <inheritdoc/>
    internal override IEnumerable<FileTensor> FileTensors() => [new("lora_A.weight", A, false), new("lora_B.weight", B, true)];
}
