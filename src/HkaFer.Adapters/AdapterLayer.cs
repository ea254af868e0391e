using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>The adapter of one linear layer, or of a part of a fused one. It changes the layer's output and never touches its weights.</summary>
public abstract class AdapterLayer : Module, ILinearAdapter
{
    /// <param name="path">The adapted layer's path.</param>
    /// <param name="input">Its input width.</param>
    /// <param name="output">Its output width.</param>
    protected AdapterLayer(string path, int input, int output) => (LayerPath, In, Out) = (path, input, output);

    /// <summary>The adapted layer's path; for a part of a fused layer the path that checkpoints have for it.</summary>
    public string LayerPath { get; }

    /// <inheritdoc/>
    /// <remarks>With the adapter's name where it has one, as several may stand beside one layer and be trained together.</remarks>
    protected override string FullPath => Owner is { Name: not Adapter.DefaultName } named ? $"{LayerPath}.{named.Name}" : LayerPath;

    /// <summary>Input width.</summary>
    public int In { get; }

    /// <summary>Output width.</summary>
    public int Out { get; }

    /// <summary>The first of the linear layer's outputs that is adapted; 0 where it stands beside all of them.</summary>
    public int Start { get; private set; }

    /// <summary>Whether the adapter takes part.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Why the adapter cannot become part of the weights, or null where it can: what it adds must be linear in the input.</summary>
    public virtual string? MergeObstacle => null;

    /// <summary>Whether the layer's weight already does what the adapter does. It keeps its place in the layer's order meanwhile.</summary>
    public bool Merged { get; internal set; }

    /// <summary>The linear layer, once attached.</summary>
    internal Linear? Base { get; private set; }

    /// <summary>The adapter that this layer is a part of, once attached.</summary>
    internal Adapter? Owner { get; private set; }

    /// <summary>
    /// Whether the output is read and not only added to, as DoRA does with its factor: such an adapter must see what the layer alone gives, and so
    /// comes before all others.
    /// </summary>
    internal virtual bool ReadsOutput => false;

    /// <summary>Whether the result lies in the memory of the output that was given.</summary>
    internal virtual bool WritesInPlace => false;

    /// <summary>Whether files have the parts of a fused layer apart, and not the layer as one.</summary>
    internal virtual bool IsWrittenByParts => false;

    /// <summary>Whether only a part of the linear layer's outputs is adapted.</summary>
    protected bool IsPart => Base is not null && Out < Base.Out;

    /// <inheritdoc/>
    public bool IsIdle => AdapterMixture.Current is null && (!Enabled || Merged);

    /// <inheritdoc/>
    public Tensor Add(Tensor x, Tensor y) =>
        AdapterMixture.Current is { } mixture ? mixture.Add(this, x, y) : Enabled && !Merged ? AddTo(x, y) : y;

    /// <summary>The weight of a layer that does what layer and adapter do together.</summary>
    /// <param name="weight"><c>[out, in]</c>, left as it is.</param>
    /// <returns><c>[out, in]</c>, outside any step.</returns>
    public virtual Tensor MergedWeight(Tensor weight)
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
        Tensor columns = weight.Transpose(0, 1).Clone(), unit = Identity(In);
        return (IsPart ? AddPart(unit, columns, AddToColumns) : AddToColumns(unit, columns)).Transpose(0, 1).Contiguous().Keep();
    }

    /// <summary>The bias of a layer that does what layer and adapter do together; the layer's own where the adapter has none.</summary>
    internal virtual Tensor? MergedBias(Tensor? bias) => bias;

    /// <summary>
    /// The tensors of an adapter's file: their name behind the layer's path, and how they belong to the parts of a fused layer. The parameters by
    /// their own names if not said otherwise.
    /// </summary>
    internal virtual IEnumerable<FileTensor> FileTensors() => Parameters().Select(p => new FileTensor(p.Path, p.Parameter, false));

    /// <summary>Draws fresh values for what has none; some of them follow from the layer's weight.</summary>
    internal virtual void Draw(ulong seed) => Initialize(seed);

    /// <summary>Tells the layer where it stands.</summary>
    internal void Place(Adapter owner, AdapterTarget target) => (Owner, Base, Start) = (owner, target.Layer, target.Start);

    /// <summary>What <see cref="Add"/> does where the adapter takes part.</summary>
    internal virtual Tensor AddTo(Tensor x, Tensor y) => IsPart ? AddPart(x, y, AddEnabled) : AddEnabled(x, y);

    /// <summary>Adds to the adapted outputs <c>[.., out]</c>; may write over them.</summary>
    protected abstract Tensor AddEnabled(Tensor x, Tensor y);

    /// <summary>As <see cref="AddEnabled"/> where y is made of the columns of the weight and so lacks the layer's bias.</summary>
    protected virtual Tensor AddToColumns(Tensor x, Tensor y) => AddEnabled(x, y);

    private Tensor AddPart(Tensor x, Tensor y, Func<Tensor, Tensor, Tensor> add)
    {
        int end = Start + Out, rest = y.Shape[-1] - end;
        Tensor part = add(x, y.Slice(-1, Start, Out).Contiguous());
        Tensor[] parts = [.. Start > 0 ? [y.Slice(-1, 0, Start)] : Array.Empty<Tensor>(), part, .. rest > 0 ? [y.Slice(-1, end, rest)] : Array.Empty<Tensor>()];
        return Ops.Concat(y.Shape.Rank - 1, parts);
    }

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
