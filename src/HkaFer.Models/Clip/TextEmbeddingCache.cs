using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>
/// Embeddings of texts by content: the key is a hash of the text encoder's weights and the texts' token ids, so that other weights, another
/// vocabulary or another phrase is another entry. In memory for the process, and in files for the next.
/// </summary>
public sealed class TextEmbeddingCache
{
    private const string Key = "text_embeds", Sum = "sha256";

    private static readonly ConcurrentDictionary<string, float[]> s_memory = new(StringComparer.Ordinal);
    private readonly string _folder;

    /// <param name="folder">Where files are kept; made where it does not exist.</param>
    public TextEmbeddingCache(string folder) => _folder = folder;

    /// <summary>The user's: below <c>HKAFER_CACHE</c>, else <c>XDG_CACHE_HOME/hkafer</c>, else <c>~/.cache/hkafer</c>.</summary>
    public static TextEmbeddingCache OfUser => new(Path.Combine(UserFolder, "clip-text"));

    /// <summary>Whether the last call found its texts, in memory or in a file.</summary>
    internal bool Hit { get; private set; }

    private static string UserFolder
    {
        get
        {
            string? own = Environment.GetEnvironmentVariable("HKAFER_CACHE"), shared = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            return own is { Length: > 0 } ? own
                : shared is { Length: > 0 } && Path.IsPathRooted(shared) ? Path.Combine(shared, "hkafer")
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "hkafer");
        }
    }

    /// <summary>Embeddings of all texts, each of length one, computed where they are not known.</summary>
    /// <param name="texts">The texts.</param>
    /// <returns><c>[texts, projection]</c>, outside any step.</returns>
    public Tensor Embed(ClipClassTexts texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        string key = KeyOf(texts), file = Path.Combine(_folder, key + ".safetensors");
        Shape shape = [texts.Ids.Count, texts.Encoder.Projection.Out];
        float[]? known = s_memory.GetValueOrDefault(key) ?? Read(file, shape);
        Hit = known is not null;
        if (known is null)
        {
            using IDisposable step = Tape.Step();
            using IDisposable paused = Tape.NoGrad();
            known = texts.Encoder.Embed(texts.Ids).ToFloats();
            Write(file, Tensor.From(known, shape));
        }

        s_memory[key] = known;
        return Tensor.From(known, shape).Keep();
    }

    /// <summary>Forgets what this process has in memory.</summary>
    internal static void Forget() => s_memory.Clear();

    internal string FileOf(ClipClassTexts texts) => Path.Combine(_folder, KeyOf(texts) + ".safetensors");

    private static string KeyOf(ClipClassTexts texts)
    {
        // Weights alone do not say what is done with them: the activation, the heads, epsilon and the end token stand in the config.
        string ids = string.Join('\n', texts.Ids.Select(row => string.Join(' ', row))), config = texts.Encoder.Text.Config.ToJson().ToJsonString();
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"2\n{ModelHash.Of(texts.Encoder)}\n{config}\n{ids}")));
    }

    /// <summary>What a file holds; null where there is none that is sound. It is then written anew.</summary>
    private static float[]? Read(string path, Shape shape)
    {
        try
        {
            using SafeTensorsFile? file = File.Exists(path) ? SafeTensorsFile.Open(path) : null;
            if (file is null || !file.Tensors.TryGetValue(Key, out SafeTensorInfo? info) || info.Shape != shape || info.DType != DType.Float32)
            {
                return null;
            }

            Tensor read = file.Read(Key);
            return file.Metadata.GetValueOrDefault(Sum) == Digest(read) ? read.ToFloats() : null;
        }
        catch (HkaFerException)
        {
            return null;
        }
    }

    private static void Write(string path, Tensor embeddings)
    {
        try
        {
            SafeTensorsWriter.Save(path, [(Key, embeddings)], new Dictionary<string, string> { [Sum] = Digest(embeddings) });
        }
        catch (HkaFerException)
        {
            // A folder that cannot be written costs the time of computing again, and nothing else.
        }
    }

    private static string Digest(Tensor tensor) => Convert.ToHexStringLower(SHA256.HashData(tensor.ToBytes()));
}
