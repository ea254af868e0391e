using System.Buffers.Binary;
using System.Globalization;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>A graph in ONNX's format, operator set 17, built node by node. Field numbers are those of <c>onnx.proto</c>.</summary>
internal sealed class OnnxGraph
{
    /// <summary>The set that first has layer normalisation as one operator; every runtime of the last years reads it.</summary>
    private const int OperatorSet = 17, IrVersion = 8;

    private const int FloatType = 1, Int64Type = 7, AttributeFloat = 1, AttributeInt = 2, AttributeInts = 7;

    /// <summary>Ending of the file beside the graph's that holds the weights of a model too large for one.</summary>
    internal const string DataEnding = ".data";

    /// <summary>The program, as its files name it.</summary>
    private const string Producer = "HkaFer";

    /// <summary>A file of weights is mapped page by page; smaller tensors stay in the graph.</summary>
    private const int Page = 4096, Small = 1024;

    private const int External = 1;

    /// <summary>Room for the headers of weights and the metadata, which are counted only when they are made.</summary>
    private const int Slack = 1 << 20;

    private readonly ProtoMessage _graph = new();
    private readonly List<(string Name, Tensor Value)> _weights = [];
    private readonly Dictionary<string, string> _constants = new(StringComparer.Ordinal);
    private int _names;

    /// <summary>Adds a node.</summary>
    /// <param name="type">Operator.</param>
    /// <param name="inputs">Names of values.</param>
    /// <param name="attributes">Numbers or lists of numbers by name.</param>
    /// <returns>The name of its result.</returns>
    public string Node(string type, IReadOnlyList<string> inputs, params IReadOnlyList<(string Name, object Value)> attributes) =>
        Nodes(type, inputs, 1, attributes)[0];

    /// <summary>As <see cref="Node"/>, with several results.</summary>
    public string[] Nodes(string type, IReadOnlyList<string> inputs, int outputs, params IReadOnlyList<(string Name, object Value)> attributes)
    {
        string[] results = [.. Enumerable.Range(0, outputs).Select(_ => $"v{_names++}")];
        var node = new ProtoMessage();
        foreach (string input in inputs)
        {
            node.Text(1, input);
        }

        foreach (string result in results)
        {
            node.Text(2, result);
        }

        node.Text(3, $"{type}_{results[0]}").Text(4, type);
        foreach ((string name, object value) in attributes)
        {
            node.Message(5, Attribute(name, value));
        }

        _graph.Message(1, node);
        return results;
    }

    /// <summary>Weights.</summary>
    /// <param name="name">How they are called in the file.</param>
    /// <param name="value">Their values, written as float32; read when the file is written.</param>
    public string Weight(string name, Tensor value)
    {
        _weights.Add((name, value));
        return name;
    }

    /// <summary>A number.</summary>
    public string Constant(double value)
    {
        string key = FormattableString.Invariant($"number {value:R}");
        return Once(key, name => Header([], FloatType, name).Bytes(9, sizeof(float), () => BitConverter.GetBytes((float)value)));
    }

    /// <summary>A list of whole numbers: sizes and axes.</summary>
    public string Constant(params long[] values)
    {
        byte[] bytes = new byte[values.Length * sizeof(long)];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), values[i]);
        }

        return Once(
            $"sizes {string.Join(',', values)}",
            name => Header([values.Length], Int64Type, name).Bytes(9, bytes.Length, () => bytes));
    }

    /// <summary>Another shape; 0 keeps a size, -1 is what is left.</summary>
    public string Reshape(string x, params long[] sizes) => Node("Reshape", [x, Constant(sizes)]);

    /// <summary>Another order of the axes.</summary>
    public string Transpose(string x, params long[] axes) => Node("Transpose", [x], ("perm", axes));

    /// <summary>
    /// Writes the file, whole or not at all. Weights that one file of the format cannot hold go into a second one beside it, which is in its place before the
    /// graph is; a graph that it would not fit is gone by then. The second file of a graph of ours that needs none any more goes after it.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="inputs">Names and shapes; a size that is free has a name.</param>
    /// <param name="outputs">Names and shapes; each is the result of a node of that name.</param>
    /// <param name="metadata">Free text by name.</param>
    /// <param name="limit">Bytes that one file may hold; the format's are <see cref="int.MaxValue"/>.</param>
    /// <param name="cancel">Stops between tensors; nothing half written is left.</param>
    /// <exception cref="HkaFerException">A file cannot be written, or the second one would take the place of one that is not ours.</exception>
    public void Save(
        string path,
        IReadOnlyList<(string Name, object[] Shape)> inputs,
        IReadOnlyList<(string Name, object[] Shape)> outputs,
        IReadOnlyDictionary<string, string> metadata,
        long limit = int.MaxValue,
        CancellationToken cancel = default)
    {
        _graph.Text(2, "hkafer");
        foreach ((string name, object[] shape) in inputs)
        {
            _graph.Message(11, Value(name, shape));
        }

        foreach ((string name, object[] shape) in outputs)
        {
            _graph.Message(12, Value(name, shape));
        }

        string data = path + DataEnding;
        var outside = new List<(Tensor Value, long Offset)>();
        if (_graph.Length + _weights.Sum(w => Bytes(w.Value)) <= limit - Slack)
        {
            _weights.ForEach(w => _graph.Message(5, Header(w.Value, w.Name).Bytes(9, Bytes(w.Value), () => Values(w.Value))));
        }
        else
        {
            long end = 0;
            foreach ((string name, Tensor value) in _weights)
            {
                if (Bytes(value) < Small)
                {
                    _graph.Message(5, Header(value, name).Bytes(9, Bytes(value), () => Values(value)));
                    continue;
                }

                long offset = (end + Page - 1) / Page * Page;
                _graph.Message(5, Outside(Header(value, name), Path.GetFileName(data), offset, Bytes(value)));
                outside.Add((value, offset));
                end = offset + Bytes(value);
            }
        }

        var model = new ProtoMessage();
        model.Number(1, IrVersion).Text(2, Producer).Text(3, typeof(OnnxGraph).Assembly.GetName().Version?.ToString(3) ?? "");
        model.Message(7, _graph).Message(8, new ProtoMessage().Text(1, "").Number(2, OperatorSet));
        foreach ((string key, string value) in metadata)
        {
            model.Message(14, new ProtoMessage().Text(1, key).Text(2, value));
        }

        bool replaces = OwnsData(path);
        if (outside.Count > 0)
        {
            if (File.Exists(data) && !replaces)
            {
                throw new HkaFerException(
                    $"onnx: {data} is there and belongs to no {Path.GetFileName(path)} of ours; it would be written over: choose another name, or take it away");
            }

            WriteData(path, data, outside, cancel);
        }

        try
        {
            AtomicFile.Write(path, stream => model.WriteTo(stream, cancel));
        }
        catch when (outside.Count > 0)
        {
            AtomicFile.Delete(data);
            throw;
        }

        if (outside.Count == 0 && replaces)
        {
            AtomicFile.Delete(data);
        }
    }

    /// <summary>Whether a graph that this program wrote has its weights in a second file: another program's file of that name is not ours to touch.</summary>
    private static bool OwnsData(string path)
    {
        if (!File.Exists(path) || !File.Exists(path + DataEnding))
        {
            return false;
        }

        try
        {
            OnnxFile there = OnnxFile.Open(path);
            return there.Producer.Split(' ')[0] == Producer && there.DataFiles.Contains(Path.GetFileName(path) + DataEnding);
        }
        catch (HkaFerException)
        {
            // No graph at all, so none of ours.
            return false;
        }
    }

    private static void WriteData(string path, string data, List<(Tensor Value, long Offset)> tensors, CancellationToken cancel)
    {
        string fresh = data + AtomicFolder.Fresh;
        AtomicFile.Write(fresh, stream =>
        {
            foreach ((Tensor value, long offset) in tensors)
            {
                cancel.ThrowIfCancellationRequested();
                stream.Write(new byte[offset - stream.Position]);
                stream.Write(Values(value));
            }
        });

        // An older graph would read other weights than its own.
        AtomicFile.Delete(path);
        AtomicFile.Move(fresh, data);
    }

    /// <summary>A narrow or transposed weight is widened and laid out here, when its turn comes, and forgotten after it.</summary>
    private static byte[] Values(Tensor value)
    {
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        return value.Detach().To(DType.Float32).Contiguous().ToBytes();
    }

    private static long Bytes(Tensor value) => value.Count * sizeof(float);

    private static ProtoMessage Header(Tensor value, string name) => Header(value.Shape.Sizes.ToArray().Select(size => (long)size), FloatType, name);

    private static ProtoMessage Outside(ProtoMessage tensor, string file, long offset, long length)
    {
        foreach ((string key, string value) in ((string, string)[])[("location", file), ("offset", Text(offset)), ("length", Text(length))])
        {
            tensor.Message(13, new ProtoMessage().Text(1, key).Text(2, value));
        }

        return tensor.Number(14, External);

        static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Gives a value the name of an output.</summary>
    public void Output(string name, string value)
    {
        _graph.Message(1, new ProtoMessage().Text(1, value).Text(2, name).Text(3, $"Identity_{name}").Text(4, "Identity"));
    }

    private string Once(string key, Func<string, ProtoMessage> make)
    {
        if (!_constants.TryGetValue(key, out string? name))
        {
            _constants.Add(key, name = $"c{_constants.Count}");
            _graph.Message(5, make(name));
        }

        return name;
    }

    private static ProtoMessage Header(IEnumerable<long> sizes, int type, string name)
    {
        var tensor = new ProtoMessage();
        foreach (long size in sizes)
        {
            tensor.Number(1, size);
        }

        return tensor.Number(2, type).Text(8, name);
    }

    private static ProtoMessage Attribute(string name, object value)
    {
        ProtoMessage attribute = new ProtoMessage().Text(1, name);
        switch (value)
        {
            case float number:
                return attribute.Float(2, number).Number(20, AttributeFloat);
            case long number:
                return attribute.Number(3, number).Number(20, AttributeInt);
            default:
                foreach (long number in (long[])value)
                {
                    attribute.Number(8, number);
                }

                return attribute.Number(20, AttributeInts);
        }
    }

    private static ProtoMessage Value(string name, object[] shape)
    {
        var sizes = new ProtoMessage();
        foreach (object size in shape)
        {
            sizes.Message(1, size is string free ? new ProtoMessage().Text(2, free) : new ProtoMessage().Number(1, (int)size));
        }

        ProtoMessage tensor = new ProtoMessage().Number(1, FloatType).Message(2, sizes);
        return new ProtoMessage().Text(1, name).Message(2, new ProtoMessage().Message(1, tensor));
    }
}
