using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>
/// Stands beside a linear layer as an adapter does, after all others, and adds nothing: it sees what the layer reads and gives, and may give something of the same
/// value in its place. So the models' forward passes need no hooks, and pay for none when nobody looks.
/// </summary>
/// <remarks>It answers to the passes of the thread that made it alone; others that run the same model meanwhile do not meet it.</remarks>
internal sealed class LayerTap : ILinearAdapter, IDisposable
{
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly Linear _layer;
    private readonly Func<Linear, Tensor, Tensor, Tensor> _see;
    private bool _inside;

    /// <param name="layer">What to listen to.</param>
    /// <param name="see">Told the layer, its input and its output with all adapters' shares; gives what goes on. May run the layer again.</param>
    internal LayerTap(Linear layer, Func<Linear, Tensor, Tensor, Tensor> see)
    {
        (_layer, _see) = (layer, see);
        layer.Attach(this);
    }

    /// <inheritdoc/>
    public bool IsIdle => _inside || Environment.CurrentManagedThreadId != _thread;

    /// <inheritdoc/>
    public Tensor Add(Tensor x, Tensor y)
    {
        if (IsIdle)
        {
            return y;
        }

        _inside = true;
        try
        {
            return _see(_layer, x, y);
        }
        finally
        {
            _inside = false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _layer.Detach(this);
}
