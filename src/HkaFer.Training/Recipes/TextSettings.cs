using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>What stands for the classes where images are compared with texts: on CLIP, with every method but <c>linear</c>.</summary>
public sealed record TextSettings
{
    /// <summary><c>cues</c>, <c>names</c>, or a YAML file: see <see cref="ClassPrompts.For"/>.</summary>
    public string Prompts { get; init; } = ClassPrompts.Cues;

    /// <summary>Learnable tokens at the front of each phrase; 0 for none.</summary>
    public int Context { get; init; }

    /// <summary>Whether all classes have the same learnable tokens.</summary>
    public bool Shared { get; init; }

    /// <summary>What cosines are divided by.</summary>
    public double Temperature { get; init; } = ClipTextHead.DefaultTemperature;
}
