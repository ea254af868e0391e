using System.Diagnostics;

namespace HkaFer.Models;

/// <summary>Fetches a repository: what there is, what is needed of it, and each file in turn. The revision is noted last, when all is in its place.</summary>
internal sealed class HubPull : IDisposable
{
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMilliseconds(100);
    private readonly HubSettings _settings;
    private readonly HubName _name;
    private readonly IProgress<HubProgress>? _progress;
    private readonly CancellationToken _cancel;
    private readonly HubClient _client;
    private readonly HubCache _cache;
    private readonly HubRefusal _refusal;
    private readonly Stopwatch _fetching = new();

    /// <summary>Bytes of all files, of those that are done, and fetched now.</summary>
    private long _total, _done, _fetched;

    internal HubPull(HubSettings settings, HubName name, IProgress<HubProgress>? progress, CancellationToken cancel)
    {
        (_settings, _name, _progress, _cancel) = (settings, name, progress, cancel);
        _client = new HubClient(settings);
        _cache = new HubCache(settings, name);
        _refusal = new HubRefusal(settings, name, _client);
    }

    public void Dispose() => _client.Dispose();

    internal async Task<HubSnapshot> Run()
    {
        HubListing listing = await List().ConfigureAwait(false);
        _cache.Check(listing.Commit);
        List<string> names = [.. HubFiles.Needed(_name, _settings.Endpoint, listing.Files)];
        var files = new List<HubFile>();
        if (names.Remove(HubFiles.Index))
        {
            // Only the index knows the shards.
            HubRemoteFile index = await Ask(listing.Commit, HubFiles.Index).ConfigureAwait(false);
            _total += index.Bytes ?? 0;
            files.Add(await Bring(index, listing.Commit).ConfigureAwait(false));
            names.AddRange(HubFiles.Shards(_cache.Place(listing.Commit, HubFiles.Index), listing.Files));
        }

        var remote = new List<HubRemoteFile>();
        foreach (string name in names)
        {
            remote.Add(await Ask(listing.Commit, name).ConfigureAwait(false));
        }

        _total += remote.Sum(file => file.Bytes ?? 0);
        CheckRoom(remote, listing.Commit);
        foreach (HubRemoteFile file in remote)
        {
            files.Add(await Bring(file, listing.Commit).ConfigureAwait(false));
        }

        using FileLock held = await Lock("refs", _name.Revision).ConfigureAwait(false);
        _cache.WriteReference(listing.Commit);
        return new HubSnapshot(_name.Id, _name.Revision, listing.Commit, _cache.Snapshot(listing.Commit), files);
    }

    private Task<HubListing> List() => Retry("the repository").Run(async () =>
    {
        Uri address = _client.Address(["api", "models", .. _name.Id.Split('/'), "revision", _name.Revision]);
        using HttpResponseMessage response = await _client.Send(HttpMethod.Get, address, null, null, _cancel).ConfigureAwait(false);
        return response.IsSuccessStatusCode
            ? HubListing.Parse(_name, await _client.ReadAll(response, _cancel).ConfigureAwait(false))
            : throw await _refusal.Of(response, null, _cancel).ConfigureAwait(false);
    });

    private Task<HubRemoteFile> Ask(string commit, string file) => Retry(file).Run(async () =>
    {
        Uri address = _client.Address([.. _name.Id.Split('/'), "resolve", commit, file]);
        using HttpResponseMessage response = await _client.Send(HttpMethod.Head, address, null, HubRemoteFile.IsEnough, _cancel).ConfigureAwait(false);
        return response.IsSuccessStatusCode || HubRemoteFile.IsEnough(response)
            ? HubRemoteFile.Read(_name, file, address, response)
            : throw await _refusal.Of(response, file, _cancel).ConfigureAwait(false);
    });

    /// <summary>Puts a file in its place: fetched where it is not there, or is there and damaged.</summary>
    private async Task<HubFile> Bring(HubRemoteFile file, string commit)
    {
        using FileLock held = await Lock(file.Checksum, file.Name).ConfigureAwait(false);
        string blob = _cache.Blob(file.Checksum), place = _cache.Place(commit, file.Name);

        // Where the system makes no links, the file itself stands in the snapshot.
        bool fetch = !IsWhole(file, blob) && !IsWhole(file, place);
        if (fetch)
        {
            string partial = blob + ".incomplete";
            var download = new HubDownload(_client, _refusal, _name, file, partial, there => Fetched(file, there), _cancel);
            _fetched -= HubCache.Length(partial);
            _fetching.Start();
            await download.Run(Retry(file.Name), note => Report(HubStep.Fetching, file, 0, note)).ConfigureAwait(false);
            _fetching.Stop();
            _fetched += HubCache.Length(partial);
            AtomicFile.Move(partial, blob);
        }

        if (File.Exists(blob))
        {
            _cache.Put(commit, file.Name, file.Checksum, isNew: fetch);
        }

        long bytes = HubCache.Length(place);
        _done += file.Bytes ?? 0;
        Report(HubStep.Done, file, 0, null);
        return new HubFile(file.Name, bytes, fetch);
    }

    private bool IsWhole(HubRemoteFile file, string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        long read = 0;
        string sum = HubChecksum.Of(path, file.Checksum, count => Report(HubStep.Checking, file, read += count, null), _cancel);
        if (sum != file.Checksum)
        {
            Report(HubStep.Fetching, file, 0, $"{file.Name}: the file in the cache is damaged ({path}); fetches it again");
        }

        return sum == file.Checksum;
    }

    private async Task<FileLock> Lock(string part, string file)
    {
        string path = _cache.Lock(part);
        for (bool told = false; ; told = true)
        {
            try
            {
                if (FileLock.TryTake(path) is { } held)
                {
                    return held;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new HkaFerException($"{path}: cannot be written ({e.Message}); name a cache that can be with --cache or HF_HUB_CACHE", e);
            }

            if (!told)
            {
                _progress?.Report(State(HubStep.Waiting, file, _done) with { Note = $"{file}: another process is fetching it; waits" });
            }

            await Task.Delay(s_lookAgain, _cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Says before the first byte that there is no room, where that can be told.</summary>
    private void CheckRoom(IEnumerable<HubRemoteFile> files, string commit)
    {
        long needed = files.Where(file => !File.Exists(_cache.Blob(file.Checksum)) && !File.Exists(_cache.Place(commit, file.Name)))
            .Sum(file => (file.Bytes ?? 0) - HubCache.Length(_cache.Blob(file.Checksum) + ".incomplete"));
        try
        {
            Directory.CreateDirectory(_cache.Root);
            long free = new DriveInfo(_cache.Root).AvailableFreeSpace;
            if (needed > free)
            {
                throw new HkaFerException($"{_cache.Root}: has {free:N0} bytes free; {_name} needs {needed:N0} more; make room, or name another cache with --cache or HF_HUB_CACHE");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Some file systems do not tell; writing will.
        }
    }

    private HubRetry Retry(string what) => new(_settings, $"{_name}: {what}", note => _progress?.Report(State(HubStep.Waiting, what, _done) with { Note = note }), _cancel);

    private void Fetched(HubRemoteFile file, long there)
    {
        _progress?.Report(State(HubStep.Fetching, file.Name, _done + there, _fetched + there));
    }

    private void Report(HubStep step, HubRemoteFile file, long read, string? note) => _progress?.Report(State(step, file.Name, _done + read) with { Note = note });

    private HubProgress State(HubStep step, string file, long done, long? fetched = null)
    {
        double seconds = _fetching.Elapsed.TotalSeconds;
        long count = fetched ?? _fetched;
        return new HubProgress(step, file, Math.Min(done, Math.Max(_total, done)), _total, seconds > 0 && count > 0 ? count / seconds : 0);
    }
}
