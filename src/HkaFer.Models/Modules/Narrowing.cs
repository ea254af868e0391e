using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>Frozen weights in half the memory.</summary>
public static class Narrowing
{
    /// <summary>Whether <see cref="NarrowFrozenLayers"/> was called on the module.</summary>
    public static bool IsNarrowed(this Module module) => module.OriginalHash is not null;

    /// <summary>
    /// Stores the weights of the frozen linear layers below a module in bfloat16, rounded to nearest even: half the memory, and products in bfloat16 with
    /// float32 sums where the machine has them. Biases, norms and trainable layers stay as they are. The module keeps the hash that it had
    /// (see <see cref="ModelHash"/>), so an adapter that is trained on it fits the checkpoint that it came from.
    /// </summary>
    public static void NarrowFrozenLayers(this Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        module.OriginalHash ??= ModelHash.Of(module);
        foreach ((_, Module part) in module.Modules())
        {
            if (part is Linear { Weight: { Trainable: false, IsReady: true } weight })
            {
                // Outside every step: the weights outlive it.
                weight.Value = weight.Value.To(DType.BFloat16).Keep();
            }
        }
    }
}
