namespace HkaFer.Models;

/// <summary>
/// Published checkpoints of the Hugging Face hub, in the cache that the hub's own library uses. Only <see cref="Pull"/> uses the network.
/// </summary>
public static class Hub
{
    /// <summary>Ids of well-known checkpoints that this program reads.</summary>
    public static IReadOnlyList<string> Published { get; } =
    [
        .. ((string[])["small", "base", "large", "giant"]).SelectMany(size => (string[])[$"facebook/dinov2-{size}", $"facebook/dinov2-with-registers-{size}"]),
        "openai/clip-vit-base-patch32", "openai/clip-vit-base-patch16", "openai/clip-vit-large-patch14",
        "laion/CLIP-ViT-B-32-laion2B-s34B-b79K", "laion/CLIP-ViT-B-16-laion2B-s34B-b88K", "laion/CLIP-ViT-L-14-laion2B-s32B-b82K",
        "Qwen/Qwen2-VL-2B-Instruct",
    ];

    /// <summary>Whether a text has the form <c>organization/name</c> or <c>organization/name@revision</c>.</summary>
    public static bool IsId(string text) => HubName.TryParse(text) is not null;

    /// <summary>Finds a model in the cache.</summary>
    /// <param name="id"><c>organization/name</c>, with <c>@revision</c> (branch, tag or commit) where it is not <c>main</c>.</param>
    /// <param name="settings">Where to look; the environment's if not given.</param>
    /// <returns>The model, or null where it is not there or not whole.</returns>
    /// <exception cref="HkaFerException">The id is none.</exception>
    public static HubSnapshot? Find(string id, HubSettings? settings = null) =>
        new HubCache(settings ?? HubSettings.FromEnvironment(), HubName.Parse(id)).Find(out _);

    /// <summary>
    /// Fetches what is missing of a model: config, weights (safetensors alone), preprocessing and tokenizer. Every file is checked against the checksum that
    /// the hub names; what was interrupted goes on where it ended; processes that fetch the same wait for each other.
    /// </summary>
    /// <param name="id"><c>organization/name</c>, with <c>@revision</c> (branch, tag or commit) where it is not <c>main</c>.</param>
    /// <param name="settings">Server, cache, token; the environment's if not given. Offline, a model that is in the cache is found.</param>
    /// <param name="progress">Told of every part that is fetched, and of every wait.</param>
    /// <param name="cancel">Stops; what was fetched is kept, and the next call goes on from there.</param>
    /// <exception cref="HkaFerException">There is no such model, a token is needed, the server cannot be reached, or what it sends is not what it promised.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static HubSnapshot Pull(string id, HubSettings? settings = null, IProgress<HubProgress>? progress = null, CancellationToken cancel = default)
    {
        settings ??= HubSettings.FromEnvironment();
        HubName name = HubName.Parse(id);
        if (settings.Offline)
        {
            return new HubCache(settings, name).Find(out string missing) ?? throw new HkaFerException(
                $"{name}: {missing}, and the network may not be used (--offline, HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE); "
                + $"run hkafer pull {name} without --offline where there is a network, or bring the cache folder here");
        }

        // On a thread of the pool: a caller's own thread may be the one that continuations would wait for.
        return Task.Run(
            async () =>
            {
                using var pull = new HubPull(settings, name, progress, cancel);
                return await pull.Run().ConfigureAwait(false);
            },
            CancellationToken.None).GetAwaiter().GetResult();
    }
}
