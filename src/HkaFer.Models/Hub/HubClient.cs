using System.Net;
using System.Net.Http.Headers;

namespace HkaFer.Models;

/// <summary>
/// Requests to the hub. Redirects are followed here and not by the library below: the token goes to the hub's own address alone, and never again once a
/// redirect has left it.
/// </summary>
internal sealed class HubClient : IDisposable
{
    private const int MaxRedirects = 10;

    /// <summary>A repository of tens of thousands of files.</summary>
    private const int MaxAnswer = 16 << 20;

    private static readonly HttpStatusCode[] s_passing =
    [
        HttpStatusCode.RequestTimeout, HttpStatusCode.TooManyRequests, HttpStatusCode.InternalServerError, HttpStatusCode.BadGateway,
        HttpStatusCode.ServiceUnavailable, HttpStatusCode.GatewayTimeout,
    ];

    private readonly HubSettings _settings;
    private readonly string? _token;
    private readonly HttpClient _http;

    internal HubClient(HubSettings settings)
    {
        _settings = settings;
        _token = settings.ReadToken();
        HttpMessageHandler handler = settings.Handler ?? new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            // Proxies of the environment are for the world outside.
            UseProxy = !settings.Endpoint.IsLoopback,
        };
        _http = new HttpClient(handler, disposeHandler: settings.Handler is null) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd($"hkafer/{typeof(HubClient).Assembly.GetName().Version!.ToString(3)}");

        // Lengths and ranges are those of the file, not of a compressed form.
        _http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("identity");
    }

    internal bool HasToken => _token is not null;

    public void Dispose() => _http.Dispose();

    /// <summary>The address of something at the hub.</summary>
    /// <param name="path">Parts between slashes; each is escaped.</param>
    internal Uri Address(params string[] path) => new(_settings.Endpoint, string.Join('/', path.Select(Uri.EscapeDataString)));

    /// <summary>Asks, and follows redirects.</summary>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="address">At the hub.</param>
    /// <param name="shape">Adds headers to each request, or null.</param>
    /// <param name="enough">Whether a redirect itself is the answer, or null.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>The answer, whatever its status; its content is not yet read.</returns>
    /// <exception cref="HubTrouble">No answer came, or one that says that another may come.</exception>
    /// <exception cref="HkaFerException">The redirects lead nowhere.</exception>
    internal async Task<HttpResponseMessage> Send(
        HttpMethod method, Uri address, Action<HttpRequestMessage>? shape, Predicate<HttpResponseMessage>? enough, CancellationToken cancel)
    {
        bool trusted = true;
        for (int i = 0; i <= MaxRedirects; i++)
        {
            trusted &= IsHub(address);
            using var request = new HttpRequestMessage(method, address);
            if (trusted && _token is not null)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
            }

            shape?.Invoke(request);
            HttpResponseMessage response = await Once(request, cancel).ConfigureAwait(false);
            if (s_passing.Contains(response.StatusCode))
            {
                using (response)
                {
                    throw new HubTrouble($"{address.Host} answers {(int)response.StatusCode} {HubText.Clean(response.ReasonPhrase ?? "")}".TrimEnd(), RetryAfter(response));
                }
            }

            if (response.Headers.Location is not { } location || (int)response.StatusCode is < 300 or >= 400 || enough?.Invoke(response) == true)
            {
                return response;
            }

            response.Dispose();
            address = Next(address, location);
        }

        throw new HkaFerException($"{_settings.Endpoint}: redirects more than {MaxRedirects} times; check HF_ENDPOINT");
    }

    /// <summary>The content of an answer, which must be small.</summary>
    /// <exception cref="HubTrouble">It does not come.</exception>
    /// <exception cref="HkaFerException">It is too large.</exception>
    internal async Task<byte[]> ReadAll(HttpResponseMessage response, CancellationToken cancel)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limited.CancelAfter(_settings.AnswerTimeout * 6);
        using var content = new MemoryStream();
        var part = new byte[1 << 16];
        try
        {
            await using Stream stream = await response.Content.ReadAsStreamAsync(limited.Token).ConfigureAwait(false);
            for (int count; (count = await stream.ReadAsync(part, limited.Token).ConfigureAwait(false)) > 0;)
            {
                content.Write(part, 0, count);
                if (content.Length > MaxAnswer)
                {
                    throw new HkaFerException($"{_settings.Endpoint}: answers with more than {MaxAnswer >> 20} MiB, which no repository needs; check HF_ENDPOINT");
                }
            }

            return content.ToArray();
        }
        catch (Exception e) when (IsTrouble(e, cancel))
        {
            throw Trouble(_settings.Endpoint.Host, e, _settings.AnswerTimeout * 6);
        }
    }

    /// <summary>Reads some bytes of a file, waiting for them no longer than the settings say.</summary>
    /// <exception cref="HubTrouble">The connection was lost, or nothing came.</exception>
    internal async Task<int> Read(Stream stream, Memory<byte> part, CancellationToken cancel)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limited.CancelAfter(_settings.DownloadTimeout);
        try
        {
            return await stream.ReadAsync(part, limited.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (IsTrouble(e, cancel))
        {
            throw Trouble("the server", e, _settings.DownloadTimeout);
        }
    }

    private async Task<HttpResponseMessage> Once(HttpRequestMessage request, CancellationToken cancel)
    {
        TimeSpan timeout = request.Method == HttpMethod.Head ? _settings.AnswerTimeout : _settings.DownloadTimeout;
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limited.CancelAfter(timeout);
        string host = request.RequestUri!.Host;
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limited.Token).ConfigureAwait(false);
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.SecureConnectionError)
        {
            throw new HkaFerException(
                $"{host}: no secure connection ({Innermost(e).Message}); check the clock, and where a proxy has a certificate of its own name its file in SSL_CERT_FILE", e);
        }
        catch (Exception e) when (IsTrouble(e, cancel))
        {
            throw Trouble(host, e, timeout);
        }
    }

    private Uri Next(Uri from, Uri location)
    {
        if (!Uri.TryCreate(from, location, out Uri? next) || next.Scheme is not ("https" or "http"))
        {
            throw new HkaFerException($"{from.Host}: redirects to '{HubText.Clean(location.OriginalString)}', which is no address; check HF_ENDPOINT ({_settings.Endpoint})");
        }

        return from.Scheme == "https" && next.Scheme == "http"
            ? throw new HkaFerException($"{from.Host}: redirects to http://{next.Host}, without encryption, which is not followed; check HF_ENDPOINT ({_settings.Endpoint})")
            : next;
    }

    private bool IsHub(Uri address) => Uri.Compare(address, _settings.Endpoint, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    // A wait that ends by itself looks like a cancellation.
    private static bool IsTrouble(Exception e, CancellationToken cancel) =>
        e is HttpRequestException or IOException || (e is OperationCanceledException && !cancel.IsCancellationRequested);

    private static HubTrouble Trouble(string host, Exception e, TimeSpan timeout) => e is OperationCanceledException
        ? new HubTrouble($"{host} has sent nothing for {timeout.TotalSeconds:0.#} s", cause: e)
        : new HubTrouble($"{host}: {Innermost(e).Message.TrimEnd('.')}", cause: e);

    private static Exception Innermost(Exception e) => e.InnerException is { } inner ? Innermost(inner) : e;

    private static TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > DateTimeOffset.UtcNow => date - DateTimeOffset.UtcNow,
        _ => null,
    };
}
