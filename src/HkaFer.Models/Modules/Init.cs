using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>How fresh weights are drawn.</summary>
/// <param name="Kind">The distribution.</param>
/// <param name="Scale">Bound, deviation or value.</param>
public readonly record struct Init(InitKind Kind, double Scale)
{
    /// <summary>All zero.</summary>
    public static Init Zeros => new(InitKind.Constant, 0);

    /// <summary>All one.</summary>
    public static Init Ones => new(InitKind.Constant, 1);

    /// <summary>All the same.</summary>
    public static Init Constant(double value) => new(InitKind.Constant, value);

    /// <summary>Normal, cut at two deviations: what vision transformers start from (0.02).</summary>
    public static Init TruncatedNormal(double deviation) => new(InitKind.TruncatedNormal, deviation);

    /// <summary>Normal.</summary>
    public static Init Normal(double deviation) => new(InitKind.Normal, deviation);

    /// <summary>U(-bound, bound). Kaiming-uniform with a = sqrt(5) is bound 1 / sqrt(fan-in).</summary>
    public static Init Uniform(double bound) => new(InitKind.Uniform, bound);

    /// <summary>Draws values; they depend on the seed, the name and the shape only, not on what else a model holds.</summary>
    public Tensor Draw(Shape shape, ulong seed, string name)
    {
        var rng = new Rng(Rng.Combine(seed, name));
        var values = new float[shape.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(Kind switch
            {
                InitKind.Constant => Scale,
                InitKind.Uniform => rng.Uniform(-Scale, Scale),
                InitKind.Normal => Scale * rng.Normal(),
                _ => Scale * Truncated(rng),
            });
        }

        return Tensor.From<float>(values, shape).Keep();
    }

    private static double Truncated(Rng rng)
    {
        double value;
        do { value = rng.Normal(); } while (Math.Abs(value) > 2);
        return value;
    }
}

/// <summary>Distributions of fresh weights.</summary>
public enum InitKind
{
    /// <summary>One value.</summary>
    Constant,

    /// <summary>Uniform around zero.</summary>
    Uniform,

    /// <summary>Normal.</summary>
    Normal,

    /// <summary>Normal, cut at two deviations.</summary>
    TruncatedNormal,
}
