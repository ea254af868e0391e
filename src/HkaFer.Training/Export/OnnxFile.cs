using System.Globalization;

namespace HkaFer.Training;

/// <summary>What an ONNX file is made of, of whichever program. Weights are passed over, so the largest takes a moment.</summary>
public sealed class OnnxFile
{
    /// <summary>Element types by their number in <c>onnx.proto</c>.</summary>
    private static readonly string[] s_types =
    [
        "undefined", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16", "float64", "uint32", "uint64", "complex64", "complex128",
        "bfloat16",
    ];

    private const int Most = 1 << 16;

    private readonly string _path;
    private readonly List<OnnxValue> _inputs = [], _outputs = [], _weights = [];
    private readonly SortedDictionary<string, int> _operators = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _dataFiles = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _metadata = new(StringComparer.Ordinal);

    private OnnxFile(string path) => _path = path;

    /// <summary>Version of the format.</summary>
    public long Version { get; private set; }

    /// <summary>Version of ONNX's own operators.</summary>
    public long OperatorSet { get; private set; }

    /// <summary>The program that wrote it, and its version.</summary>
    public string Producer { get; private set; } = "";

    /// <summary>What it takes, weights left out.</summary>
    public IEnumerable<OnnxValue> Inputs => _inputs.ExceptBy(_weights.Select(weight => weight.Name), input => input.Name);

    /// <summary>What it gives.</summary>
    public IReadOnlyList<OnnxValue> Outputs => _outputs;

    /// <summary>Weights and constants.</summary>
    public IReadOnlyList<OnnxValue> Weights => _weights;

    /// <summary>Names of the files beside this one that hold weights, where it does not hold all itself; as it says, so from outside.</summary>
    public IReadOnlyCollection<string> DataFiles => _dataFiles;

    /// <summary>Number of nodes by operator.</summary>
    public IReadOnlyDictionary<string, int> Operators => _operators;

    /// <summary>Free text by name; <see cref="OnnxExport"/> puts class names and preprocessing there.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Reads a file.</summary>
    /// <exception cref="HkaFerException">It is missing, or no ONNX file.</exception>
    public static OnnxFile Open(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 12);
            var file = new OnnxFile(path);
            file.ReadModel(new ProtoReader(stream, stream.Length, path));
            return file._operators.Count > 0 ? file : throw new HkaFerException($"{path}: holds no graph; expected an ONNX model");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HkaFerException($"{path}: cannot be read ({e.Message})", e);
        }
    }

    private void ReadModel(ProtoReader model)
    {
        string name = "", version = "";
        model.Read(
            (1, field => Version = field.Integer()),
            (2, field => name = field.Text()),
            (3, field => version = field.Text()),
            (7, field => ReadGraph(field.Message())),
            (8, field => ReadOperatorSet(field.Message())),
            (14, field => ReadPair(field.Message())));
        Producer = $"{name} {version}".Trim();
    }

    private void ReadGraph(ProtoReader graph) => graph.Read(
        (1, field => ReadNode(field.Message())),
        (5, field => Add(_weights, Tensor(field.Message()))),
        (11, field => Add(_inputs, Value(field.Message()))),
        (12, field => Add(_outputs, Value(field.Message()))));

    /// <summary>Operators of other makers have a domain; ONNX's own have none.</summary>
    private void ReadOperatorSet(ProtoReader set)
    {
        string domain = "";
        long version = 0;
        set.Read((1, field => domain = field.Text()), (2, field => version = field.Integer()));
        OperatorSet = domain is "" or "ai.onnx" ? version : OperatorSet;
    }

    private void ReadPair(ProtoReader pair)
    {
        string key = "", value = "";
        pair.Read((1, field => key = field.Text()), (2, field => value = field.Text()));
        _metadata[key] = value;
    }

    private void ReadNode(ProtoReader node)
    {
        string type = "";
        node.Read((4, field => type = field.Text()));
        _operators[type] = _operators.GetValueOrDefault(type) + 1;
    }

    private OnnxValue Tensor(ProtoReader tensor)
    {
        var sizes = new List<string>();
        (string name, long type, long bytes) = ("", 0, 0);
        void Data(ProtoReader field) => bytes += field.Skip();
        void Outside(ProtoReader pair)
        {
            (string key, string value) = ("", "");
            pair.Read((1, field => key = field.Text()), (2, field => value = field.Text()));
            bytes += key == "length" && long.TryParse(value, CultureInfo.InvariantCulture, out long length) && length is > 0 and < long.MaxValue / Most ? length : 0;
            if (key == "location" && _dataFiles.Count < Most)
            {
                _dataFiles.Add(value);
            }
        }

        tensor.Read(
            (1, field => Add(sizes, field.Integers().Select(size => $"{size}"))),
            (2, field => type = field.Integer()),
            (4, Data),
            (5, Data),
            (7, Data),
            (8, field => name = field.Text()),
            (9, Data),
            (10, Data),
            (13, field => Outside(field.Message())));
        return new OnnxValue(name, TypeName(type), sizes, bytes);
    }

    /// <summary>A name and a type; one that is no tensor's is not described further.</summary>
    private OnnxValue Value(ProtoReader value)
    {
        (string name, long type) = ("", 0);
        var sizes = new List<string>();
        void Shape(ProtoReader shape) => shape.Read((1, size => Add(sizes, Size(size.Message()))));
        void Type(ProtoReader tensor) => tensor.Read((1, field => type = field.Integer()), (2, field => Shape(field.Message())));
        value.Read((1, field => name = field.Text()), (2, field => field.Message().Read((1, tensor => Type(tensor.Message())))));
        return new OnnxValue(name, TypeName(type), sizes, 0);
    }

    private static string Size(ProtoReader size)
    {
        string text = "?";
        size.Read((1, field => text = $"{field.Integer()}"), (2, field => text = field.Text()));
        return text;
    }

    private void Add<T>(List<T> list, params IEnumerable<T> items)
    {
        foreach (T item in items)
        {
            // An entry takes two bytes of a file and a hundred of memory.
            list.Add(list.Count < Most ? item : throw new HkaFerException($"{_path}: more than {Most:N0} entries of a kind; expected a model of fewer"));
        }
    }

    private static string TypeName(long type) => type >= 0 && type < s_types.Length ? s_types[type] : $"type {type}";
}
