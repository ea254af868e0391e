using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace HkaFer.Testing;

/// <summary>
/// A hub in this process, over plain sockets so that it can also misbehave: it lists a repository, names checksums, sends small files itself after a relative
/// redirect and large ones by a redirect to another port, whose entity tags are no checksums, and honours ranges.
/// </summary>
public sealed class HubServer : IDisposable
{
    /// <summary>Files from here on are large ones.</summary>
    private const int Large = 1000;

    private readonly TcpListener _hub = new(IPAddress.Loopback, 0), _store = new(IPAddress.Loopback, 0);

    /// <summary>Starts it with no file.</summary>
    public HubServer()
    {
        foreach (TcpListener listener in (TcpListener[])[_hub, _store])
        {
            listener.Start();
            _ = Accept(listener);
        }
    }

    /// <summary>The repository that it has.</summary>
    public string Id { get; init; } = "org/tiny";

    /// <summary>The commit of <c>main</c>, and of every other revision in <see cref="Revisions"/>.</summary>
    public string Commit { get; set; } = new('a', 40);

    /// <summary>Branches.</summary>
    public HashSet<string> Revisions { get; } = ["main", "refs/pr/1"];

    /// <summary>The files of the repository.</summary>
    public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Where it is.</summary>
    public Uri Endpoint => new($"http://127.0.0.1:{((IPEndPoint)_hub.LocalEndpoint).Port}/");

    /// <summary>The token without which it says nothing.</summary>
    public string? Token { get; set; }

    /// <summary>Answers in its place, where the result is not null.</summary>
    public Func<HubRequest, HubAnswer?> Instead { get; set; } = _ => null;

    /// <summary>All requests so far.</summary>
    public ConcurrentQueue<HubRequest> Requests { get; } = [];

    /// <summary>Requests for the content of a large file, in their order.</summary>
    public HubRequest[] Fetches(string file) => [.. Requests.Where(r => r.IsStore && r.Fetches(file))];

    /// <summary>The SHA-256 of a content.</summary>
    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>The SHA-1 that git gives a content.</summary>
    public static string GitSha(byte[] content) => Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));

    /// <summary>The name of a content in the cache.</summary>
    public static string BlobName(byte[] content) => content.Length < Large ? GitSha(content) : Sha256(content);

    /// <summary>The entity tag of a large file where it lies: as long as a checksum, and another.</summary>
    public static string StoreTag(byte[] content) => $"\"{Sha256([.. content, 1])}\"";

    /// <summary>Bytes that are no text.</summary>
    public static byte[] Noise(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>A safetensors file of so many bytes, its one tensor noise.</summary>
    public static byte[] Tensors(int length, int seed = 1)
    {
        const int header = 88, prefix = 8;
        byte[] file = Noise(length, seed);
        int count = length - header - prefix;
        BitConverter.GetBytes((long)header).CopyTo(file, 0);
        System.Text.Encoding.ASCII.GetBytes($"{{\"x\":{{\"dtype\":\"U8\",\"shape\":[{count}],\"data_offsets\":[0,{count}]}}}}".PadRight(header)).CopyTo(file, prefix);
        return file;
    }

    /// <summary>A repository of a config and weights of 100,000 bytes.</summary>
    public static HubServer WithModel()
    {
        var server = new HubServer();
        server.Files["config.json"] = "{\"model_type\": \"dinov2\"}"u8.ToArray();
        server.Files["model.safetensors"] = Tensors(100_000);
        return server;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hub.Dispose();
        _store.Dispose();
    }

    /// <summary>What it answers where it behaves.</summary>
    public HubAnswer Answer(HubRequest request)
    {
        string path = request.Path.Split('?')[0];
        if (request.IsStore)
        {
            return Files.TryGetValue(path.Split('/')[^1], out byte[]? large) ? Content(request, large, StoreTag(large)) : HubAnswer.Text(404, "");
        }

        if (Token is not null && request["Authorization"] != $"Bearer {Token}")
        {
            return HubAnswer.Text(401, "{\"error\":\"Invalid username or password.\"}", ("X-Error-Message", "Invalid username or password."));
        }

        return path == $"/api/models/{Id}/refs" ? HubAnswer.Text(200, Json(("branches", Named(Revisions, "name")), ("tags", new JsonArray())))
            : path.StartsWith($"/api/models/{Id}/revision/", StringComparison.Ordinal) ? List(Uri.UnescapeDataString(path.Split('/')[^1]))
            : path.StartsWith($"/{Id}/resolve/{Commit}/", StringComparison.Ordinal) ? Resolve(path.Split('/')[^1])
            : path.StartsWith($"/api/resolve-cache/models/{Id}/{Commit}/", StringComparison.Ordinal) && Files.TryGetValue(path.Split('/')[^1], out byte[]? small)
                ? Content(request, small, $"\"{GitSha(small)}\"")
            : request["Authorization"] is null ? HubAnswer.Text(401, "", ("X-Error-Code", "RepoNotFound"), ("X-Error-Message", "Invalid username or password."))
            : HubAnswer.Text(404, "", ("X-Error-Code", "RepoNotFound"), ("X-Error-Message", "Repository not found"));
    }

    private HubAnswer List(string revision) => Revisions.Contains(revision) || revision == Commit
        ? HubAnswer.Text(200, Json(("sha", Commit), ("siblings", Named(Files.Keys, "rfilename"))))
        : HubAnswer.Text(404, "", ("X-Error-Code", "RevisionNotFound"), ("X-Error-Message", $"Invalid rev id: {revision}"));

    private HubAnswer Resolve(string file)
    {
        if (!Files.TryGetValue(file, out byte[]? content))
        {
            return HubAnswer.Text(404, "", ("X-Error-Code", "EntryNotFound"));
        }

        return content.Length < Large
            ? HubAnswer.Text(307, "", ("Location", $"/api/resolve-cache/models/{Id}/{Commit}/{file}?etag=x"), ("X-Repo-Commit", Commit))
            : HubAnswer.Text(
                302, "to the store", ("Location", $"http://127.0.0.1:{((IPEndPoint)_store.LocalEndpoint).Port}/signed/{file}?Expires=1"), ("X-Repo-Commit", Commit),
                ("X-Linked-Etag", $"\"{Sha256(content)}\""), ("X-Linked-Size", $"{content.Length}"), ("ETag", $"\"{GitSha([1])}\""));
    }

    private static HubAnswer Content(HubRequest request, byte[] content, string tag)
    {
        string? range = request["Range"];
        if (range is null || (request["If-Range"] is { } condition && condition != tag))
        {
            return new HubAnswer(200, content, ("ETag", tag), ("Accept-Ranges", "bytes"));
        }

        int from = int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
        return from < content.Length
            ? new HubAnswer(206, content[from..], ("ETag", tag), ("Content-Range", $"bytes {from}-{content.Length - 1}/{content.Length}"))
            : HubAnswer.Text(416, "", ("Content-Range", $"bytes */{content.Length}"));
    }

    private static string Json(params (string Key, JsonNode Value)[] entries) => new JsonObject(entries.Select(e => KeyValuePair.Create(e.Key, (JsonNode?)e.Value))).ToJsonString();

    private static JsonArray Named(IEnumerable<string> names, string key) => [.. names.Select(name => new JsonObject { [key] = name })];

    private async Task Accept(TcpListener listener)
    {
        try
        {
            while (true)
            {
                _ = Serve(await listener.AcceptTcpClientAsync(), listener == _store);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private async Task Serve(TcpClient client, bool isStore)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                if (await Read(stream, isStore) is not { } request)
                {
                    return;
                }

                Requests.Enqueue(request);
                HubAnswer answer = Instead(request) ?? Answer(request);
                long? length = answer.Declared is null ? answer.Body.Length : answer.Declared < 0 ? null : answer.Declared;
                var head = new StringBuilder($"HTTP/1.1 {answer.Status} X\r\nConnection: close\r\n");
                foreach ((string name, string value) in answer.Headers)
                {
                    head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
                }

                head.Append(length is null ? "\r\n" : $"Content-Length: {length}\r\n\r\n");
                await stream.WriteAsync(Encoding.UTF8.GetBytes(head.ToString()));
                if (request.Method != "HEAD")
                {
                    await stream.WriteAsync(answer.Body.AsMemory(0, Math.Min(answer.Body.Length, answer.CutAfter)));
                    await (answer.Hold ?? Task.CompletedTask);
                }

                // Without this a close may take back what the reader has not yet got.
                client.Client.Shutdown(SocketShutdown.Send);
                while (await stream.ReadAsync(new byte[256]) > 0)
                {
                }
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
            {
                // The reader has left.
            }
        }
    }

    private static async Task<HubRequest?> Read(NetworkStream stream, bool isStore)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!IsWhole(head))
        {
            if (await stream.ReadAsync(one) == 0)
            {
                return null;
            }

            head.Add(one[0]);
        }

        string[] lines = Encoding.UTF8.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries), first = lines[0].Split(' ');
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string line in lines[1..])
        {
            headers[line.Split(':')[0]] = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }

        return new HubRequest(first[0], first[1], isStore, headers);
    }

    private static bool IsWhole(List<byte> head) => head.Count >= 4 && head[^4] == '\r' && head[^3] == '\n' && head[^2] == '\r' && head[^1] == '\n';
}
