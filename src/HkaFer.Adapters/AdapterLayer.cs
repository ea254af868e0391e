using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>The adapter of one linear layer. It adds to the layer's output and never touches its weights.</summary>
public abstract class AdapterLayer : Module, ILinearAdapter
{
    /// <param name="path">The adapted layer's path.</param>
    /// <param name="input">Its input width.</param>
    /// <param name="output">Its output width.</param>
    protected AdapterLayer(string path, int input, int output) => (LayerPath, In, Out) = (path, input, output);

    /// <summary>The adapted layer's path.</summary>
    public string LayerPath { get; }

    /// <inheritdoc/>
    protected override string FullPath => LayerPath;

    /// <summary>Input width.</summary>
    public int In { get; }

    /// <summary>Output width.</summary>
    public int Out { get; }

    /// <summary>Whether the adapter takes part.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Why the adapter cannot become part of the weights, or null where it can: what it adds must be linear in the input.</summary>
    public virtual string? MergeObstacle => null;

    /// <summary>Whether the layer's weight already does what the adapter does. It keeps its place in the layer's order meanwhile.</summary>
    public bool IsMerged { get; internal set; }

    /// <inheritdoc/>
    public Tensor Add(Tensor x, Tensor y) => Enabled && !IsMerged ? AddEnabled(x, y) : y;

    /// <summary>The weight of a layer that does what layer and adapter do together.</summary>
    /// <param name="weight"><c>[out, in]</c>, left as it is.</param>
    /// <returns><c>[out, in]</c>, outside any step.</returns>
    public Tensor MergedWeight(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (MergeObstacle is { } obstacle)
        {
            throw new HkaFerException($"merge: {LayerPath}: {obstacle}");
        }

        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();

        // An adapter that is linear in its input is known by what it does to the unit vectors: its own kernel writes the
        // merged weight column by column, and no product matrix exists beside it. A copy in every case: of a weight with one row
        // or one column the transposed view is dense already, and the adapter writes into what it is given.
        Tensor columns = weight.Transpose(0, 1).Clone();
        return AddEnabled(Identity(In), columns).Transpose(0, 1).Contiguous().Keep();
    }

    /// <summary>Adds to the layer's output in its memory.</summary>
    protected abstract Tensor AddEnabled(Tensor x, Tensor y);

    private static Tensor Identity(int width)
    {
        var values = new float[checked(width * width)];
        for (int i = 0; i < width; i++)
        {
            values[(i * width) + i] = 1;
        }

        return Tensor.From<float>(values, [width, width]);
    }
}
