using System.Text.Json;

namespace HkaFer.Models;

/// <summary>Which files of a repository this program reads.</summary>
internal static class HubFiles
{
    internal const string Weights = "model.safetensors", Index = "model.safetensors.index.json", Config = "config.json";
    private const string AdapterConfig = "adapter_config.json", AdapterWeights = "adapter_model.safetensors";

    /// <summary>No model is cut into more.</summary>
    private const int MaxShards = 1000;

    private static readonly string[] s_texts =
    [
        Config, AdapterConfig, "preprocessor_config.json", "processor_config.json", "video_preprocessor_config.json", "generation_config.json",
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "vocab.txt", "merges.txt",
        "chat_template.json", "chat_template.jinja",
    ];

    // Weights in forms that are not read; all but the last hold programs (pickle) or other libraries' formats.
    private static readonly string[] s_others = [".bin", ".pt", ".pth", ".ckpt", ".msgpack", ".h5", ".safetensors"];

    /// <summary>The files to fetch; the shards of an index are known only once it is there.</summary>
    /// <param name="name">The repository, for messages.</param>
    /// <param name="endpoint">The hub's address, for messages.</param>
    /// <param name="listed">All of its files.</param>
    /// <exception cref="HkaFerException">There is nothing that this program reads.</exception>
    internal static IReadOnlyList<string> Needed(HubName name, Uri endpoint, IReadOnlySet<string> listed)
    {
        string? weights = listed.Contains(Weights) ? Weights : listed.Contains(Index) ? Index : listed.Contains(AdapterWeights) ? AdapterWeights : null;
        if (weights is null)
        {
            string[] others = [.. listed.Where(file => s_others.Any(end => file.EndsWith(end, StringComparison.Ordinal))).Order(StringComparer.Ordinal).Take(4).Select(HubText.Clean)];
            throw new HkaFerException(
                $"{name}: has no {Weights}{(others.Length > 0 ? $" (but {string.Join(", ", others)})" : "")}; other formats may hold programs and are not read. "
                + $"Many such repositories have one in a pull request: look at {endpoint}{name.Id}/discussions and use --revision refs/pr/N; "
                + "or convert it with the transformers library (from_pretrained, then save_pretrained) and name that folder");
        }

        if (!listed.Contains(weights == AdapterWeights ? AdapterConfig : Config))
        {
            throw new HkaFerException($"{name}: has no {Config}, so it is no checkpoint that this program reads; known are {string.Join(", ", Hub.Published.Take(3))}, ..");
        }

        return [.. s_texts.Where(listed.Contains), weights];
    }

    /// <summary>The shards that an index names.</summary>
    /// <exception cref="HkaFerException">The index is damaged, names a file outside its folder, or one that is not there.</exception>
    internal static IReadOnlyList<string> Shards(string index, IReadOnlySet<string>? listed = null)
    {
        string[] shards = [.. CheckpointFolder.Shards(index).Select(shard => shard.File).Distinct(StringComparer.Ordinal)];
        if (shards.Length is 0 or > MaxShards)
        {
            throw new HkaFerException($"{index}: names {shards.Length} files; expected 1 to {MaxShards}");
        }

        foreach (string shard in shards)
        {
            if (!shard.EndsWith(".safetensors", StringComparison.Ordinal) || listed?.Contains(shard) == false)
            {
                throw new HkaFerException($"{index}: names the file '{HubText.Clean(shard)}'; expected a .safetensors file that the repository has");
            }
        }

        return shards;
    }

    /// <summary>All that a snapshot may hold.</summary>
    internal static IEnumerable<string> All(string folder)
    {
        string index = Path.Combine(folder, Index);
        bool sharded = !File.Exists(Path.Combine(folder, Weights)) && File.Exists(index);
        return [.. s_texts, Weights, AdapterWeights, .. sharded ? [Index, .. Shards(index)] : (IEnumerable<string>)[]];
    }

    /// <summary>
    /// The first file that a snapshot lacks to be loaded, or that is not as long as its own header says, or null. The hub's library fetches files one by one as they
    /// are asked for, and disks fill up. Contents are not read: <see cref="HubPull"/> compares checksums.
    /// </summary>
    internal static string? Missing(string folder)
    {
        if (Has(AdapterConfig) && Has(AdapterWeights))
        {
            return IsWhole(AdapterWeights) ? null : AdapterWeights;
        }

        return !Has(Config) ? Config
            : Has(Weights) ? (IsWhole(Weights) ? null : Weights)
            : Has(Index) ? Shards(Path.Combine(folder, Index)).FirstOrDefault(shard => !Has(shard) || !IsWhole(shard))
            : Weights;

        bool Has(string file) => File.Exists(Path.Combine(folder, file));

        bool IsWhole(string file)
        {
            try
            {
                using SafeTensorsFile opened = SafeTensorsFile.Open(Path.Combine(folder, file));
                return true;
            }
            catch (HkaFerException)
            {
                return false;
            }
        }
    }
}
