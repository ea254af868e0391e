using System.Globalization;
using System.Text.RegularExpressions;

namespace HkaFer.Models;

/// <summary>Where models of the hub come from and where they are kept.</summary>
public sealed partial class HubSettings
{
    private static readonly string[] s_yes = ["1", "on", "yes", "true"], s_no = ["0", "off", "no", "false"];

    /// <summary>The folder that holds <c>models--organization--name</c>; shared with the hub's own library.</summary>
    public required string Cache { get; init; }

    /// <summary>The hub, or a mirror of it.</summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co/");

    /// <summary>The access token. Sent to <see cref="Endpoint"/> and to nobody else.</summary>
    public string? Token { get; init; }

    /// <summary>A file with the token, read where <see cref="Token"/> is not given and the file exists.</summary>
    public string? TokenFile { get; init; }

    /// <summary>Whether the network may not be used.</summary>
    public bool Offline { get; init; }

    /// <summary>How long the server may keep silent while a file is fetched.</summary>
    public TimeSpan DownloadTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the server may take to say what there is.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The wait before the second attempt at what failed; it doubles with each further one.</summary>
    internal TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Answers requests in place of the network.</summary>
    internal HttpMessageHandler? Handler { get; init; }

    /// <summary>Makes a symbolic link (its path, where it leads); throws where the system cannot.</summary>
    internal Action<string, string> Link { get; init; } = (path, target) => File.CreateSymbolicLink(path, target);

    /// <summary>
    /// The settings of the hub's own library: <c>HF_HUB_CACHE</c> (older: <c>HUGGINGFACE_HUB_CACHE</c>), <c>HF_HOME</c>, <c>XDG_CACHE_HOME</c>, <c>HF_ENDPOINT</c>,
    /// <c>HF_HUB_OFFLINE</c>, <c>TRANSFORMERS_OFFLINE</c>, <c>HF_TOKEN</c>, <c>HF_TOKEN_PATH</c>, <c>HF_HUB_DISABLE_IMPLICIT_TOKEN</c>, <c>HF_HUB_DOWNLOAD_TIMEOUT</c>,
    /// <c>HF_HUB_ETAG_TIMEOUT</c>.
    /// </summary>
    /// <param name="cache">Overrides the cache folder.</param>
    /// <param name="offline">Forbids the network whatever the environment says.</param>
    /// <exception cref="HkaFerException">A variable has a value that it cannot have; the message names it.</exception>
    public static HubSettings FromEnvironment(string? cache = null, bool offline = false) =>
        Read(Environment.GetEnvironmentVariable, cache, offline);

    internal static HubSettings Read(Func<string, string?> variable, string? cache = null, bool offline = false)
    {
        string home = Folder("HF_HOME") ?? Path.Combine(Folder("XDG_CACHE_HOME") ?? Path.Combine(UserFolder, ".cache"), "huggingface");
        bool withoutToken = Flag("HF_HUB_DISABLE_IMPLICIT_TOKEN");
        return new HubSettings
        {
            Cache = Path.GetFullPath(cache ?? Folder("HF_HUB_CACHE") ?? Folder("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub")),
            Endpoint = Address(Value("HF_ENDPOINT") ?? "https://huggingface.co"),
            Token = withoutToken ? null : (Value("HF_TOKEN") ?? Value("HUGGING_FACE_HUB_TOKEN"))?.Trim(),
            TokenFile = withoutToken ? null : Folder("HF_TOKEN_PATH") ?? Path.Combine(home, "token"),
            Offline = offline || Flag(Value("HF_HUB_OFFLINE") is null ? "TRANSFORMERS_OFFLINE" : "HF_HUB_OFFLINE"),
            DownloadTimeout = Seconds("HF_HUB_DOWNLOAD_TIMEOUT"),
            AnswerTimeout = Seconds("HF_HUB_ETAG_TIMEOUT"),
        };

        string? Value(string name) => variable(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value : null;

        // As the hub's library reads them, wherever they were set: a tilde and $NAME need no shell.
        string? Folder(string name) => Value(name) is not { } value ? null
            : Reference().Replace(value is "~" || value.StartsWith("~/", StringComparison.Ordinal) ? UserFolder + value[1..] : value,
                match => variable(match.Groups["name"].Value) ?? match.Value);

        bool Flag(string name) => Value(name)?.Trim().ToLowerInvariant() switch
        {
            null => false,
            var value when s_yes.Contains(value) => true,
            var value when s_no.Contains(value) => false,
            var value => throw new HkaFerException($"{name} is '{HubText.Clean(value)}'; expected 1 or 0"),
        };

        TimeSpan Seconds(string name) => Value(name) is not { } value ? TimeSpan.FromSeconds(10)
            : int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds is > 0 and <= 86_400 ? TimeSpan.FromSeconds(seconds)
            : throw new HkaFerException($"{name} is '{HubText.Clean(value)}'; expected seconds, a whole number from 1 to 86400");
    }

    /// <summary>The token, of the settings or of the file.</summary>
    /// <exception cref="HkaFerException">The file cannot be read, or holds what is no token. The message does not show it.</exception>
    internal string? ReadToken()
    {
        if (Token is not null)
        {
            return Checked(Token, "HF_TOKEN");
        }

        if (TokenFile is null || !File.Exists(TokenFile))
        {
            return null;
        }

        try
        {
            using var reader = new StreamReader(TokenFile);
            var text = new char[1024];
            int count = reader.ReadBlock(text);
            string token = new string(text, 0, count).Trim();
            return token.Length == 0 ? null : Checked(token, TokenFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HkaFerException($"{TokenFile}: the token cannot be read ({e.Message}); give it in HF_TOKEN, or set HF_HUB_DISABLE_IMPLICIT_TOKEN=1 to go without", e);
        }
    }

    private static string UserFolder => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);

    private static string Checked(string token, string where) => token.Length < 1024 && token.All(c => c is > ' ' and < (char)127)
        ? token
        : throw new HkaFerException($"{where}: holds no access token; expected one line of letters and digits, as hf_..");

    private static Uri Address(string text) =>
        Uri.TryCreate(text.Trim().TrimEnd('/') + "/", UriKind.Absolute, out Uri? address) && address.Scheme is "https" or "http"
        && address.UserInfo.Length == 0 && address.Query.Length == 0 && address.Fragment.Length == 0
            ? address
            : throw new HkaFerException($"HF_ENDPOINT is '{HubText.Clean(text)}'; expected an address such as https://huggingface.co");

    [GeneratedRegex(@"\$(?:\{(?<name>\w+)\}|(?<name>\w+))")]
    private static partial Regex Reference();
}
