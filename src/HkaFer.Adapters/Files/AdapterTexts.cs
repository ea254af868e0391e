using System.Text.Json;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>
/// What an adapter of CLIP classifies with, beside it: the classes' text embeddings, so that predicting needs no text encoder, and the
/// context that made them where it was learnt.
/// </summary>
internal static class AdapterTexts
{
    private const string Embeddings = "text_embeds", Context = "context";

    internal static IEnumerable<(string Name, Tensor Tensor)> Write(ClipTextHead head, string root)
    {
        yield return (root + Embeddings, head.Current().Detach());
        if (head.Context is { } context)
        {
            yield return (root + Context, context.Value.Detach());
        }
    }

    /// <summary>The entry of <c>adapter_config.json</c> that tells a model with texts from one with a linear head, and its keys.</summary>
    internal const string Key = "text", TemperatureKey = "temperature", PromptsKey = "prompts";

    /// <summary>What an adapter's config says that cosines are divided by, or null where it has a linear head.</summary>
    /// <exception cref="HkaFerException">The entry is something else.</exception>
    internal static double? Temperature(JsonElement json, string folder) => json.TryGetProperty(Key, out JsonElement text) ? TemperatureOf(text, folder) : null;

    /// <summary>The same of the entry alone.</summary>
    /// <exception cref="HkaFerException">The entry is something else.</exception>
    internal static double TemperatureOf(JsonElement text, string folder) =>
        text.ValueKind == JsonValueKind.Object && text.TryGetProperty(TemperatureKey, out JsonElement value)
            && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) ? number : throw Unreadable(folder);

    /// <summary>The error of an entry that cannot be read.</summary>
    internal static HkaFerException Unreadable(string folder, Exception? cause = null)
    {
        string message = $"{folder}: {Key} in adapter_config.json cannot be read; expected a number `{TemperatureKey}` and lists of phrases `{PromptsKey}`";
        return cause is null ? new HkaFerException(message) : new HkaFerException(message, cause);
    }

    /// <summary>The shape of the context beside an adapter, or null.</summary>
    internal static Shape? ContextShape(SafeTensorsFile file, string root) =>
        file.Tensors.TryGetValue(root + Context, out SafeTensorInfo? info) ? info.Shape : null;

    /// <summary>Reads the head's tensors and takes their names off <paramref name="unused"/>; the head is left as it is until the result is called.</summary>
    /// <exception cref="HkaFerException">A tensor is missing or of another shape.</exception>
    internal static Action Read(SafeTensorsFile file, ClipTextHead head, string root, HashSet<string> unused)
    {
        var read = new List<(Parameter Parameter, Tensor Tensor)>();
        foreach ((string name, Parameter parameter) in head.Parameters())
        {
            Tensor tensor = file.Read(root + name, DType.Float32);
            unused.Remove(root + name);
            read.Add(tensor.Shape == parameter.Shape ? (parameter, tensor.Keep()) : throw new HkaFerException(
                $"{file.Path}: tensor '{root + name}' has shape {tensor.Shape}; expected {parameter.Shape} (labels or projection of another model?)"));
        }

        return () => read.ForEach(r => r.Parameter.Value = r.Tensor);
    }
}
