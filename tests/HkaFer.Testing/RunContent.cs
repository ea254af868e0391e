using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace HkaFer.Testing;

/// <summary>
/// What must be equal in the folders of equal runs: all files, but for clock readings, and for the parts that a run came in and how each was called.
/// </summary>
public static class RunContent
{
    /// <summary>Each file's name with the SHA-256 of its bytes; <c>run.json</c> as text without <c>timing</c>, <c>command</c>, <c>parts</c>.</summary>
    public static SortedDictionary<string, string> Of(string folder)
    {
        var content = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(folder, path);
            if (name is not ("timing.jsonl" or "lock" or "report.html") && !name.StartsWith("events.", StringComparison.Ordinal))
            {
                content[name] = name == "run.json" ? Summary(path) : Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));
            }
        }

        return content;
    }

    private static string Summary(string path)
    {
        JsonObject json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        json.Remove("timing");
        json.Remove("command");
        json.Remove("parts");
        return json.ToJsonString();
    }
}
