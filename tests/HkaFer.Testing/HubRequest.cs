namespace HkaFer.Testing;

/// <summary>A request that a <see cref="HubServer"/> got.</summary>
/// <param name="Method">GET or HEAD.</param>
/// <param name="Path">Path and query.</param>
/// <param name="IsStore">Whether the place of large files got it, or the hub itself.</param>
/// <param name="Headers">By name, whatever its case.</param>
public sealed record HubRequest(string Method, string Path, bool IsStore, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>Whether it asks for the content of a file of this name.</summary>
    public bool Fetches(string file) => Method == "GET" && Path.Split('?')[0].EndsWith("/" + file, StringComparison.Ordinal);

    /// <summary>A header, or null.</summary>
    public string? this[string header] => Headers.GetValueOrDefault(header);
}
