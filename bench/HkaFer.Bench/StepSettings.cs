using HkaFer.Adapters;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Bench;

/// <summary>Which training step to measure.</summary>
/// <param name="Name">The architecture's name, for the rows.</param>
/// <param name="Config">The architecture; weights are random.</param>
/// <param name="Method"><c>heka</c>, <c>lora</c>, <c>linear</c>, or <c>none</c> for the frozen forward alone.</param>
internal sealed record StepSettings(string Name, VitConfig Config, string Method)
{
    /// <summary>Kronecker adapters a layer.</summary>
    public int Adapters { get; init; } = 4;

    /// <summary>Pictures at a time.</summary>
    public int Batch { get; init; } = 4;

    /// <summary>Edge of the pictures in pixels, a multiple of the patch.</summary>
    public int Size { get; init; } = 224;

    /// <summary>Steps whose median counts.</summary>
    public int Steps { get; init; } = 5;

    /// <summary>Element type of the frozen layers' weights.</summary>
    public DType DType { get; init; } = DType.Float32;

    /// <summary>Whether activations are computed again in the backward pass instead of kept.</summary>
    public bool Checkpointing { get; init; }

    /// <summary>Images/s of the same training step in PyTorch 1.13, eager, measured on this machine; none where nobody measured it.</summary>
    public double? PeerRate { get; init; }

    /// <summary>Whether to leave out what is measured beside the method itself: the LoRA step that a HeKA step is compared with.</summary>
    public bool Alone { get; init; }

    /// <summary>The adapter, or none.</summary>
    public AdapterConfig? Adapter => Method switch { "heka" => new HeKA { Adapters = Adapters }, "lora" => new LoRA(), _ => null };

    /// <summary>How rows name it.</summary>
    public string Title => $"{Name} {Size} px, batch {Batch}{(DType == DType.Float32 ? "" : $", {DType.Name()}")}{(Checkpointing ? ", checkpointing" : "")}";

    /// <summary>Refuses pictures that cannot be cut into patches.</summary>
    /// <exception cref="HkaFerException">The size is no multiple of the patch.</exception>
    public void CheckSize()
    {
        int patch = Config.Patch;
        if (Size % patch != 0)
        {
            throw new HkaFerException($"bench: size {Size} is not a multiple of the patch {patch}; take {Math.Max(1, Size / patch) * patch}");
        }
    }
}
