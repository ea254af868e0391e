using HkaFer.Testing;

namespace HkaFer.Models.Tests;

/// <summary>A hub, a cache, and what the hub was asked.</summary>
public abstract class HubTest : IDisposable
{
    /// <summary>A file of <see cref="HubServer.WithModel"/>.</summary>
    protected const string Weights = "model.safetensors", Config = "config.json";

    protected Scratch Scratch { get; } = new();

    protected HubServer Server { get; } = HubServer.WithModel();

    protected List<HubProgress> Told { get; } = [];

    protected string Folder => Path.Combine(Scratch["hub"], "models--org--tiny");

    protected string SnapshotFolder => Path.Combine(Folder, "snapshots", Server.Commit);

    protected byte[] Content => Server.Files[Weights];

    protected string Partial => Path.Combine(Folder, "blobs", HubServer.Sha256(Content) + ".incomplete");

    public void Dispose()
    {
        Server.Dispose();
        Scratch.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected HubSettings Settings(
        string? token = null, string? tokenFile = null, bool offline = false, double timeout = 60, Action<string, string>? link = null) => new()
        {
            Cache = Scratch["hub"],
            Endpoint = Server.Endpoint,
            Token = token,
            TokenFile = tokenFile,
            Offline = offline,
            FirstWait = TimeSpan.FromMilliseconds(1),
            DownloadTimeout = TimeSpan.FromSeconds(timeout),
            AnswerTimeout = TimeSpan.FromSeconds(timeout),
            Link = link ?? ((path, target) => File.CreateSymbolicLink(path, target)),
        };

    private protected HubSnapshot Pull(string id = "org/tiny", HubSettings? settings = null, CancellationToken cancel = default) =>
        Hub.Pull(id, settings ?? Settings(), new DirectProgress<HubProgress>(Told.Add), cancel);

    private protected string Refused(string id = "org/tiny", HubSettings? settings = null) => Assert.Throws<HkaFerException>(() => Pull(id, settings)).Message;

    /// <summary>Nothing of the weights may be left, whole or in part.</summary>
    protected void NothingKept()
    {
        Assert.False(Path.Exists(Path.Combine(SnapshotFolder, Weights)));
        Assert.DoesNotContain(Directory.Exists(Folder) ? Directory.GetFiles(Folder, "*", SearchOption.AllDirectories) : [], path => path.Contains(HubServer.Sha256(Content), StringComparison.Ordinal));
        Assert.Null(Hub.Find("org/tiny", Settings()));
    }

    /// <summary>The weights are there as they should be.</summary>
    protected void WeightsAreWhole()
    {
        Assert.Equal(Content, File.ReadAllBytes(Path.Combine(SnapshotFolder, Weights)));
        Assert.False(File.Exists(Partial));
    }
}
