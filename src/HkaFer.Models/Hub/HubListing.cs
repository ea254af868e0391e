using System.Text.Json;

namespace HkaFer.Models;

/// <summary>What the hub says of a repository at a revision.</summary>
/// <param name="Commit">40 hexadecimal digits.</param>
/// <param name="Files">Names of all files; folders end in a slash.</param>
internal sealed record HubListing(string Commit, IReadOnlySet<string> Files)
{
    /// <summary>Reads the answer.</summary>
    /// <param name="name">The repository, for messages.</param>
    /// <param name="json">The answer's text.</param>
    /// <exception cref="HkaFerException">It is none, or names files that would leave the cache.</exception>
    internal static HubListing Parse(HubName name, byte[] json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 64 });
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || Text(root, "sha") is not { } commit || !HubName.IsCommit(commit)
                || !root.TryGetProperty("siblings", out JsonElement siblings) || siblings.ValueKind != JsonValueKind.Array)
            {
                throw Strange(name, "expected an object with 'sha' (40 hexadecimal digits) and 'siblings'");
            }

            var files = new HashSet<string>(StringComparer.Ordinal);
            foreach (JsonElement sibling in siblings.EnumerateArray())
            {
                string file = Text(sibling, "rfilename") ?? throw Strange(name, "an entry of 'siblings' has no 'rfilename'");
                if (!IsPath(file))
                {
                    throw new HkaFerException(
                        $"{name}: the server lists a file '{HubText.Clean(file)}', which would leave the cache; nothing was fetched; check HF_ENDPOINT");
                }

                files.Add(file);
            }

            return new HubListing(commit, files);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Strange(name, e is JsonException j ? $"not valid JSON (line {j.LineNumber + 1})" : "not valid UTF-8", e);
        }
    }

    /// <summary>Names of branches and tags, as far as the answer can be read.</summary>
    internal static IReadOnlyList<string> Revisions(byte[] json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 64 });
            JsonElement root = document.RootElement;
            return
            [
                .. ((string[])["branches", "tags"])
                    .SelectMany(kind => root.ValueKind == JsonValueKind.Object && root.TryGetProperty(kind, out JsonElement list) && list.ValueKind == JsonValueKind.Array
                        ? list.EnumerateArray() : (IEnumerable<JsonElement>)[])
                    .Select(item => Text(item, "name")).OfType<string>().Select(HubText.Clean).Take(16),
            ];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return [];
        }
    }

    private static string? Text(JsonElement item, string key) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // What git itself can hold, on any system.
    private static bool IsPath(string file) =>
        file.Length is > 0 and < 4096 && file.Split('/').All(part => part is not ("" or "." or "..")) && !file.Contains('\\', StringComparison.Ordinal)
        && !file.Any(char.IsControl) && !(file.Length > 1 && file[1] == ':' && char.IsAsciiLetter(file[0]));

    private static HkaFerException Strange(HubName name, string what, Exception? cause = null)
    {
        string message = $"{name}: the server's answer is none of the hub's: {what}; check HF_ENDPOINT and that no page to sign in stands between";
        return cause is null ? new HkaFerException(message) : new HkaFerException(message, cause);
    }
}
