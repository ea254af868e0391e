using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>What may stand beside a linear layer and add to its output. The adapters' floor implements it; models only call it.</summary>
public interface ILinearAdapter
{
    /// <summary>Whether <see cref="Add"/> would give the output back as it is, so that the layer need not ask.</summary>
    bool IsIdle { get; }

    /// <summary>Adds to the layer's output, in its memory.</summary>
    /// <param name="x">The layer's input <c>[.., in]</c>.</param>
    /// <param name="y">Its output so far <c>[.., out]</c>; not to be used after the call.</param>
    /// <returns>The output with the adapter's share.</returns>
    Tensor Add(Tensor x, Tensor y);
}
