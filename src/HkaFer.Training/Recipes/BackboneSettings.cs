using HkaFer.Models;

namespace HkaFer.Training;

/// <summary>Where the backbone comes from: a checkpoint or random weights.</summary>
public sealed record BackboneSettings
{
    /// <summary>A checkpoint folder or a name in the box: <c>recipe with { Backbone = "faces-vit" }</c>.</summary>
    public static implicit operator BackboneSettings(string folder) => new() { Folder = folder };

    /// <summary>A checkpoint folder, the name of one in the box, or an id of the hub (<c>facebook/dinov2-small</c>, with <c>@revision</c> where not <c>main</c>).</summary>
    public string? Folder { get; init; }

    /// <summary>A fresh backbone of these sizes, drawn from the run's seed, instead of a folder.</summary>
    public VitConfig? Scratch { get; init; }

    /// <summary>
    /// How the weights of frozen layers are held and multiplied: float32, or bfloat16 (half the memory; faster where the machine has it). Adapters, head
    /// and sums are float32 either way.
    /// </summary>
    public BackboneDtype Dtype { get; init; }

    /// <summary>Where to write the backbone after training; for one that training makes or changes.</summary>
    public string? Save { get; init; }
}
