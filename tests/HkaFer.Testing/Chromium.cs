using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HkaFer.Testing;

/// <summary>
/// A headless Chromium that is driven through its DevTools protocol, and what it complained of. Its profile is a folder of its own, deleted with it.
/// </summary>
public sealed class Chromium : IDisposable
{
    private static readonly string[] s_names = ["chromium", "chromium-browser", "google-chrome"];
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);
    private readonly Scratch _profile = new();
    private readonly Process _process;
    private readonly ClientWebSocket _socket = new();
    private readonly List<string> _complaints = [];
    private readonly CancellationTokenSource _stop = new(s_patience);
    private string? _session;
    private int _id;

    private Chromium(string path)
    {
        var start = new ProcessStartInfo(path) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string flag in (string[])
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", "--remote-debugging-port=0", $"--user-data-dir={_profile.Folder}", "about:blank",
        ])
        {
            start.ArgumentList.Add(flag);
        }

        _process = Process.Start(start)!;
    }

    /// <summary>The program, or null where there is none; tests that need it are then skipped by name.</summary>
    public static string? Path { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator)
        .SelectMany(folder => s_names.Select(name => System.IO.Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    /// <summary>Console errors and warnings, exceptions of the page, refused contents, and every request but that of the page itself and of pictures within it.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    /// <summary>Starts one.</summary>
    public static async Task<Chromium> Start()
    {
        var browser = new Chromium(Path!);
        try
        {
            await browser.Connect();
            return browser;
        }
        catch
        {
            browser.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file and waits until all of it is loaded.</summary>
    /// <param name="path">The file.</param>
    /// <param name="width">Of the window, in pixels.</param>
    /// <param name="dark">Whether the reader's system is dark.</param>
    public async Task Open(string path, int width = 1280, bool dark = false)
    {
        _complaints.Clear();
        await Call("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = 900, ["deviceScaleFactor"] = 1, ["mobile"] = false });
        await Call("Emulation.setEmulatedMedia", new JsonObject
        {
            ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" }),
        });
        string address = new Uri(path).AbsoluteUri;
        _page = address;
        _loaded = false;
        await Call("Page.navigate", new JsonObject { ["url"] = address });
        while (!_loaded)
        {
            Note(await Receive());
        }

        // Whatever the page asked for late is told before the answer to this.
        await Evaluate("document.readyState");
    }

    /// <summary>The value of an expression in the page.</summary>
    public async Task<JsonElement> Evaluate(string expression)
    {
        JsonElement answer = await Call("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true });
        return answer.GetProperty("result").TryGetProperty("value", out JsonElement value) ? value : answer;
    }

    /// <summary>The whole page as PNG.</summary>
    public async Task<byte[]> Screenshot()
    {
        JsonElement answer = await Call("Page.captureScreenshot", new JsonObject { ["format"] = "png", ["captureBeyondViewport"] = true });
        return answer.GetProperty("data").GetBytesFromBase64();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
        _stop.Dispose();
        try
        {
            _profile.Dispose();
        }
        catch (IOException)
        {
            // A helper process may still be writing its last; the system's temporary folder is cleared by others.
        }
    }

    private string _page = "";
    private bool _loaded;

    private async Task Connect()
    {
        const string told = "DevTools listening on ";
        string? line;
        while ((line = await _process.StandardError.ReadLineAsync(_stop.Token)) is not null && !line.StartsWith(told, StringComparison.Ordinal))
        {
        }

        if (line is null)
        {
            throw new InvalidOperationException($"{Path} ended before it listened");
        }

        _ = _process.StandardError.ReadToEndAsync();
        _ = _process.StandardOutput.ReadToEndAsync();
        await _socket.ConnectAsync(new Uri(line[told.Length..]), _stop.Token);
        JsonElement target = await Call("Target.createTarget", new JsonObject { ["url"] = "about:blank" });
        JsonElement attached = await Call("Target.attachToTarget", new JsonObject { ["targetId"] = target.GetProperty("targetId").GetString(), ["flatten"] = true });
        _session = attached.GetProperty("sessionId").GetString();
        foreach (string domain in (string[])["Page", "Runtime", "Network", "Log", "Audits"])
        {
            await Call($"{domain}.enable", []);
        }
    }

    private async Task<JsonElement> Call(string method, JsonObject parameters)
    {
        int id = ++_id;
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        if (_session is not null)
        {
            message["sessionId"] = _session;
        }

        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(message), WebSocketMessageType.Text, true, _stop.Token);
        while (true)
        {
            JsonElement answer = await Receive();
            if (answer.TryGetProperty("id", out JsonElement to) && to.GetInt32() == id)
            {
                return answer.TryGetProperty("result", out JsonElement result) ? result : throw new InvalidOperationException($"{method}: {answer}");
            }

            Note(answer);
        }
    }

    private async Task<JsonElement> Receive()
    {
        using var message = new MemoryStream();
        var buffer = new byte[1 << 16];
        WebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer, _stop.Token);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return JsonDocument.Parse(message.ToArray()).RootElement;
    }

    private void Note(JsonElement message)
    {
        if (!message.TryGetProperty("method", out JsonElement method))
        {
            return;
        }

        JsonElement told = message.GetProperty("params");
        switch (method.GetString())
        {
            case "Page.loadEventFired":
                _loaded = true;
                break;
            case "Runtime.exceptionThrown" or "Audits.issueAdded":
                _complaints.Add(told.ToString());
                break;
            case "Runtime.consoleAPICalled" when told.GetProperty("type").GetString() is "error" or "warning" or "assert":
            case "Log.entryAdded" when told.GetProperty("entry").GetProperty("level").GetString() is "error" or "warning":
                _complaints.Add(told.ToString());
                break;
            case "Network.requestWillBeSent" when told.GetProperty("request").GetProperty("url").GetString() is { } url
                && url != _page && !url.StartsWith("data:", StringComparison.Ordinal):
                _complaints.Add($"request of {url}");
                break;
        }
    }
}
