namespace HkaFer.Tensors;

/// <summary>Recording of operations for gradients, and the memory regions of steps. State is per thread.</summary>
public static class Tape
{
    [ThreadStatic]
    private static int s_paused;

    /// <summary>Whether operations on tensors that require gradients are recorded.</summary>
    public static bool IsRecording => s_paused == 0;

    /// <summary>
    /// Opens a step: tensors made until it is disposed live in pooled buffers and end with it. Parameters, optimizer state and what is
    /// kept with <see cref="Tensor.Keep"/> outlive it.
    /// </summary>
    public static IDisposable Step() => new Region();

    /// <summary>Switches gradient recording off until disposed: inference.</summary>
    public static IDisposable NoGrad()
    {
        s_paused++;
        return new Resume();
    }

    /// <summary>
    /// Runs part of a forward pass so that, when nothing is recorded, its intermediates return to the pool at once: inference then needs
    /// the memory of one block instead of all. When recording it simply runs the part.
    /// </summary>
    public static Tensor Local(Func<Tensor, Tensor> part, Tensor input)
    {
        if (IsRecording && input.RequiresGrad)
        {
            return part(input);
        }

        using var region = new Region();
        Tensor result = part(input);

        // While recording, what a trainable parameter has touched is needed by the backward pass.
        if (result.Producer is not null)
        {
            region.PromoteAll();
        }

        region.Promote(result.Storage);
        return result;
    }

    /// <summary>
    /// Runs part of a forward pass and keeps its input and output only; the backward pass computes what lies between once more. Trades about
    /// one more forward pass for the memory of all but one part, and changes no bit of any result. When nothing is recorded it is <see cref="Local"/>.
    /// </summary>
    /// <param name="part">Must compute the same when it runs again: no random numbers, no state.</param>
    /// <param name="input">Its input.</param>
    public static Tensor Checkpoint(Func<Tensor, Tensor> part, Tensor input) =>
        IsRecording ? new CheckpointOp(part, input).Apply() : Local(part, input);

    /// <summary>
    /// The gradients of a recorded scalar with respect to some tensors: inputs, or intermediate results such as activations. Unlike <see cref="Tensor.Backward()"/>
    /// it leaves the gradients of parameters alone, so a frozen model that others use at the same time can be asked.
    /// </summary>
    /// <param name="y">The scalar.</param>
    /// <param name="of">What y was computed from; each requires a gradient. Results of other operations inside <see cref="Checkpoint"/> cannot be reached.</param>
    /// <returns>One a tensor, of its shape, zero where y does not depend on it; they end with the step that is open, if one is.</returns>
    /// <exception cref="HkaFerException">y is no scalar, or was not recorded; or one of the others wants no gradient.</exception>
    public static Tensor[] Gradients(Tensor y, params ReadOnlySpan<Tensor> of)
    {
        ArgumentNullException.ThrowIfNull(y);
        return HkaFer.Tensors.Gradients.Of(y, null, of);
    }

    private sealed class Resume : IDisposable
    {
        private bool _done;

        public void Dispose()
        {
            if (!_done)
            {
                _done = true;
                s_paused--;
            }
        }
    }
}
