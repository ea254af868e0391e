using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Sizes and options that both transformers of a CLIP model have.</summary>
public abstract record ClipTowerConfig
{
    /// <summary>Embedding width d.</summary>
    public required int Width { get; init; }

    /// <summary>Number of blocks.</summary>
    public required int Depth { get; init; }

    /// <summary>Attention heads a block.</summary>
    public required int Heads { get; init; }

    /// <summary>Hidden width of the MLP.</summary>
    public required int MlpWidth { get; init; }

    /// <summary>Between the layers of the MLP: quick GELU in OpenAI's weights.</summary>
    public Activation Activation { get; init; } = Activation.QuickGelu;

    /// <summary>Epsilon of the layer norms.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>Checks that the sizes fit each other.</summary>
    /// <exception cref="HkaFerException">They do not.</exception>
    public virtual void Check(string where)
    {
        if (Width < 1 || Heads < 1 || MlpWidth < 1 || Width % Heads != 0)
        {
            throw new HkaFerException($"{where}: hidden_size {Width} is not divisible by num_attention_heads {Heads}, or intermediate_size {MlpWidth} is none");
        }

        // Far beyond all published models; values from outside must not make objects without end.
        if (Depth is < 1 or > VitConfig.MaxDepth)
        {
            throw new HkaFerException($"{where}: num_hidden_layers is {Depth}; expected 1 to {VitConfig.MaxDepth}");
        }

        if (NormEpsilon is not (> 0 and < 1))
        {
            throw new HkaFerException($"{where}: layer_norm_eps is {NormEpsilon}; expected a number between 0 and 1");
        }
    }

    internal static Activation ReadActivation(ConfigReader reader, string where) => reader.Text("hidden_act", "quick_gelu") switch
    {
        "quick_gelu" => Activation.QuickGelu,
        "gelu" => Activation.Gelu,
        string other => throw new HkaFerException($"{where}: hidden_act is '{other}'; expected 'quick_gelu' or 'gelu'"),
    };
}
