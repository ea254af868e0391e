using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>
/// A checkpoint as the hub lays it out: <c>config.json</c> with <c>model.safetensors</c>, or shards under <c>model.safetensors.index.json</c>.
/// </summary>
public sealed class CheckpointFolder : IDisposable
{
    private const string Single = "model.safetensors";
    private const string Index = "model.safetensors.index.json";
    private readonly Dictionary<string, SafeTensorsFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SafeTensorsFile> _owners = new(StringComparer.Ordinal);

    private CheckpointFolder(string path) => Path = path;

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>All tensors of all shards.</summary>
    public IEnumerable<SafeTensorInfo> Tensors => _owners.Select(pair => pair.Value.Tensors[pair.Key]);

    /// <summary>Opens a folder and checks the headers of its files.</summary>
    /// <exception cref="HkaFerException">A file is missing or unreadable; the message names it.</exception>
    public static CheckpointFolder Open(string path)
    {
        var folder = new CheckpointFolder(path);
        try
        {
            // A single file wins, as in the hub's own library: writing one beside old shards must not leave the old weights in force.
            if (!File.Exists(System.IO.Path.Combine(path, Single)) && File.Exists(System.IO.Path.Combine(path, Index)))
            {
                folder.OpenShards();
            }
            else
            {
                folder.OpenFile(Single, null);
            }

            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Whether there is a tensor of this name.</summary>
    public bool Contains(string name) => _owners.ContainsKey(name);

    /// <summary>What is known of a tensor.</summary>
    /// <exception cref="HkaFerException">There is no such tensor.</exception>
    public SafeTensorInfo Info(string name) => Owner(name).Tensors[name];

    /// <summary>Reads a tensor.</summary>
    /// <exception cref="HkaFerException">There is no such tensor.</exception>
    public Tensor Read(string name, DType? dtype = null) => Owner(name).Read(name, dtype);

    /// <summary>A tensor as it stands in its file; see <see cref="SafeTensorsFile.Map"/>.</summary>
    /// <exception cref="HkaFerException">There is no such tensor.</exception>
    public Tensor? Map(string name) => Owner(name).Map(name);

    /// <summary>Parses a JSON file of a checkpoint: an object of at most 64 MB whose names and strings are valid text.</summary>
    /// <exception cref="HkaFerException">It is missing or not a JSON object.</exception>
    public static JsonElement ReadJson(string path)
    {
        try
        {
            if (InputFile.HoldsNothing(path))
            {
                throw new HkaFerException($"{path}: is empty, or is no file but a pipe or a device; expected a JSON file");
            }

            var file = new FileInfo(path);
            if (file.Exists && file.Length > 64 << 20)
            {
                throw new HkaFerException($"{path}: {file.Length:N0} bytes are too many for a JSON file of a checkpoint (limit {64 << 20:N0})");
            }

            byte[] bytes = File.ReadAllBytes(path);
            using JsonDocument document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 32 });
            CheckText(document.RootElement);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new HkaFerException($"{path}: expected a JSON object");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HkaFerException($"{path}: cannot be read ({e.Message}); expected a folder as the hub lays it out, with config.json and model.safetensors", e);
        }
        catch (JsonException e)
        {
            throw new HkaFerException($"{path}: not valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine})", e);
        }
        catch (InvalidOperationException e)
        {
            throw new HkaFerException($"{path}: not valid JSON; a name or a string is not valid UTF-8", e);
        }
    }

    /// <summary>Writes <c>config.json</c> and <c>model.safetensors</c>.</summary>
    internal static void Save(string path, JsonObject config, DType dtype, IReadOnlyList<(string Name, Tensor Tensor)> tensors, CancellationToken cancel = default) =>
        Save(path, config, dtype, [.. tensors.Select(t => new TensorSource(t.Name, t.Tensor.DType, t.Tensor.Shape, () => t.Tensor))], cancel);

    /// <summary>Writes <c>config.json</c> and <c>model.safetensors</c>.</summary>
    internal static void Save(string path, JsonObject config, DType dtype, IReadOnlyList<TensorSource> tensors, CancellationToken cancel = default)
    {
        config["dtype"] = dtype.Name();
        SafeTensorsWriter.Save(System.IO.Path.Combine(path, Single), tensors, new Dictionary<string, string> { ["format"] = "pt" }, cancel);
        AtomicFile.WriteText(
            System.IO.Path.Combine(path, "config.json"), config.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SafeTensorsFile file in _files.Values)
        {
            file.Dispose();
        }
    }

    /// <summary>What an index of shards says: the file of each tensor, in the folder of the index.</summary>
    /// <exception cref="HkaFerException">It cannot be read, or names a file elsewhere.</exception>
    internal static IEnumerable<(string Tensor, string File)> Shards(string index)
    {
        JsonElement root = ReadJson(index);
        if (!root.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
        {
            throw new HkaFerException($"{index}: expected an object 'weight_map' from tensor names to files");
        }

        foreach (JsonProperty entry in map.EnumerateObject())
        {
            string name = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : "";

            // A name from outside must not lead out of the folder, on any system.
            if (name.Length == 0 || name.AsSpan().ContainsAny("/\\:\0") || name is "." or "..")
            {
                throw new HkaFerException($"{index}: tensor '{entry.Name}' is mapped to '{name}'; expected a file name in the same folder");
            }

            yield return (entry.Name, name);
        }
    }

    /// <summary>The parser leaves the text in names and strings unchecked until it is asked for; asking here keeps the error in one place.</summary>
    private static void CheckText(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    _ = property.Name;
                    CheckText(property.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray())
                {
                    CheckText(item);
                }

                break;
            case JsonValueKind.String:
                _ = element.GetString();
                break;
        }
    }

    private SafeTensorsFile Owner(string name) => _owners.TryGetValue(name, out SafeTensorsFile? file)
        ? file
        : throw new HkaFerException($"{Path}: tensor '{name}' is missing");

    private void OpenShards()
    {
        foreach ((string tensor, string file) in Shards(System.IO.Path.Combine(Path, Index)))
        {
            OpenFile(file, tensor);
        }
    }

    private void OpenFile(string name, string? tensor)
    {
        if (!_files.TryGetValue(name, out SafeTensorsFile? file))
        {
            file = SafeTensorsFile.Open(System.IO.Path.Combine(Path, name));
            _files.Add(name, file);
        }

        if (tensor is null)
        {
            foreach (string key in file.Tensors.Keys)
            {
                _owners[key] = file;
            }
        }
        else if (file.Tensors.ContainsKey(tensor))
        {
            _owners[tensor] = file;
        }
        else
        {
            throw new HkaFerException($"{file.Path}: tensor '{tensor}' is missing, though {Index} places it there");
        }
    }
}
