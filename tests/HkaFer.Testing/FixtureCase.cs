using System.Text.Json;

namespace HkaFer.Testing;

/// <summary>One reference case: a folder with <c>case.json</c> and, where there are tensors, <c>tensors.safetensors</c>.</summary>
public sealed class FixtureCase
{
    readonly Lazy<Dictionary<string, FixtureTensor>> _tensors;

    FixtureCase(string folder, JsonElement root)
    {
        Folder = folder;
        Name = Path.GetFileName(folder);
        Root = root;
        Kind = root.GetProperty("kind").GetString() ?? "";
        Config = Property("config");
        Expect = Property("expect");
        // Many cases are opened only for their kind or config.
        _tensors = new(() =>
        {
            string path = Path.Combine(Folder, "tensors.safetensors");
            return File.Exists(path) ? SafetensorsOracle.Read(path) : [];
        });
    }

    /// <summary>The folder's own name. Not a key: other fixture folders may hold another case of the same name.</summary>
    public string Name { get; }

    /// <summary>The full path.</summary>
    public string Folder { get; }

    /// <summary>Which test reads the case.</summary>
    public string Kind { get; }

    /// <summary>The whole of <c>case.json</c>.</summary>
    public JsonElement Root { get; }

    /// <summary>Sizes and options; of kind <see cref="JsonValueKind.Undefined"/> if absent.</summary>
    public JsonElement Config { get; }

    /// <summary>Expected numbers and strings; of kind <see cref="JsonValueKind.Undefined"/> if absent.</summary>
    public JsonElement Expect { get; }

    /// <summary>The names of the tensors.</summary>
    public IReadOnlyCollection<string> Names => _tensors.Value.Keys;

    /// <summary>Opens the case in <paramref name="folder"/>.</summary>
    public static FixtureCase Open(string folder)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "case.json")));
        return new FixtureCase(folder, json.RootElement.Clone());
    }

    /// <summary>The stated tolerance for <paramref name="key"/>, or <paramref name="fallback"/> where the case states none.</summary>
    public double Tolerance(string key, double fallback)
    {
        var tolerance = Property("tolerance");
        return tolerance.ValueKind switch
        {
            JsonValueKind.Number => tolerance.GetDouble(),
            JsonValueKind.Object when tolerance.TryGetProperty(key, out var value) => value.GetDouble(),
            _ => fallback,
        };
    }

    /// <summary>Whether the case has this tensor.</summary>
    public bool Has(string tensor) => _tensors.Value.ContainsKey(tensor);

    /// <summary>The tensor of this name.</summary>
    /// <exception cref="KeyNotFoundException">The case has none; the message names the case and the tensor.</exception>
    public FixtureTensor Tensor(string name) => _tensors.Value.TryGetValue(name, out var tensor)
        ? tensor
        : throw new KeyNotFoundException($"fixture {Folder} has no tensor {name}; it has {string.Join(", ", Names)}");

    JsonElement Property(string name) => Root.TryGetProperty(name, out var value) ? value : default;
}
