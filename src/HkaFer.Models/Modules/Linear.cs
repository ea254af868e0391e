using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>y = x W^T + b, with room for adapters beside it.</summary>
public sealed class Linear : Module
{
    private readonly string[]? _parts;
    private ILinearAdapter[] _adapters = [];

    /// <param name="input">Input width.</param>
    /// <param name="output">Output width.</param>
    /// <param name="bias">Whether there is a bias.</param>
    /// <param name="parts">
    /// Names of the checkpoint's layers that are fused into this one, in the order of their rows; they stand beside this layer in the tree.
    /// </param>
    public Linear(int input, int output, bool bias = true, params string[] parts)
    {
        _parts = parts.Length == 0 ? null : parts;
        // Larger than the 0.02 of published recipes, which is tuned to widths of 768 and more: small models start far sooner from it.
        Weight = Declare("weight", [output, input], Init.Uniform(1 / Math.Sqrt(input)));
        Bias = bias ? Declare("bias", [output], Init.Zeros) : null;
    }

    /// <summary>W <c>[out, in]</c>.</summary>
    public Parameter Weight { get; }

    /// <summary>b <c>[out]</c>, or none.</summary>
    public Parameter? Bias { get; }

    /// <summary>Input width.</summary>
    public int In => Weight.Shape[1];

    /// <summary>Output width.</summary>
    public int Out => Weight.Shape[0];

    /// <summary>Whether its weight is bfloat16, so that what stands beside it need not be more precise.</summary>
    public bool IsNarrow => Weight.IsReady && Weight.Value.DType == DType.BFloat16;

    /// <summary>Names of the checkpoint's layers that are fused into this one; empty where it is one layer.</summary>
    public IReadOnlyList<string> Parts => _parts ?? [];

    /// <summary>The adapters that add to the output, in this order.</summary>
    public IReadOnlyList<ILinearAdapter> Adapters => _adapters;

    /// <summary>Puts an adapter beside the layer. Forward passes of other threads meanwhile are not disturbed.</summary>
    /// <param name="adapter">The adapter.</param>
    /// <param name="first">Before all others: it reads what the layer alone gives.</param>
    public void Attach(ILinearAdapter adapter, bool first = false) => _adapters = first ? [adapter, .. _adapters] : [.. _adapters, adapter];

    /// <summary>Takes an adapter away. Forward passes of other threads meanwhile are not disturbed.</summary>
    public void Detach(ILinearAdapter adapter) => _adapters = [.. _adapters.Where(other => other != adapter)];

    /// <summary>residual + scale * activation(x W^T + b + what the adapters add). [.., in] -> [.., out].</summary>
    /// <param name="x"><c>[.., in]</c>.</param>
    /// <param name="activation">The nonlinearity, or none.</param>
    /// <param name="scale"><c>[out]</c>, or none.</param>
    /// <param name="residual"><c>[.., out]</c>, or none.</param>
    public Tensor Forward(Tensor x, Activation? activation = null, Tensor? scale = null, Tensor? residual = null)
    {
        // Once, for a thread may attach or detach meanwhile.
        ILinearAdapter[] adapters = _adapters;
        if (Array.TrueForAll(adapters, static adapter => adapter.IsIdle))
        {
            return Ops.Linear(x, Weight, Bias?.Value, activation, scale, residual);
        }

        Tensor y = Ops.Linear(x, Weight, Bias?.Value);
        foreach (ILinearAdapter adapter in adapters)
        {
            y = adapter.Add(x, y);
        }

        return Ops.Finish(y, activation, scale, residual);
    }

    /// <inheritdoc/>
    protected internal override IReadOnlyList<string> CheckpointNames(string path, string parameter)
    {
        if (_parts is null)
        {
            return base.CheckpointNames(path, parameter);
        }

        int dot = path.LastIndexOf('.');
        string parent = dot < 0 ? "" : path[..dot];
        return [.. _parts.Select(part => Join(Join(parent, part), parameter))];
    }
}
