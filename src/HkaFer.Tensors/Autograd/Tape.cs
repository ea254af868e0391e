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
