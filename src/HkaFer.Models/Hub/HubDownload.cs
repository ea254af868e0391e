using System.Net;
using System.Net.Http.Headers;

namespace HkaFer.Models;

/// <summary>Fetches one file: goes on where an earlier attempt ended, and keeps nothing whose checksum is not the one that was named.</summary>
/// <param name="client">The hub.</param>
/// <param name="refusal">Explains answers.</param>
/// <param name="name">The repository, for messages.</param>
/// <param name="file">The file.</param>
/// <param name="partial">Where the bytes gather until all are there.</param>
/// <param name="received">Told of each change in the number of bytes that are there.</param>
/// <param name="cancel">Stops; the bytes stay.</param>
internal sealed class HubDownload(HubClient client, HubRefusal refusal, HubName name, HubRemoteFile file, string partial, Action<long> received, CancellationToken cancel)
{
    private const int PartBytes = 1 << 18;

    /// <summary>Entity tags of the servers that have sent parts of the file: a part of another version is then refused by the server.</summary>
    private readonly Dictionary<string, string> _tags = new(StringComparer.Ordinal);

    private long? _bytes = file.Bytes;

    /// <summary>The most bytes that ever were there: only more of them are progress, for a server may begin anew each time.</summary>
    private long _furthest;

    /// <summary>Fetches all of the file into the partial one; whoever calls it gives it its name.</summary>
    /// <param name="retry">For connections that are lost.</param>
    /// <param name="report">Told where all is fetched again.</param>
    /// <exception cref="HkaFerException">The file cannot be had, or is not what was promised; nothing of it is kept then.</exception>
    internal async Task Run(HubRetry retry, Action<string> report)
    {
        bool resumed = File.Exists(partial);
        while (true)
        {
            await retry.Run(() => Receive(retry)).ConfigureAwait(false);
            string sum = HubChecksum.Of(partial, file.Checksum, _ => { }, cancel);
            if (sum == file.Checksum)
            {
                return;
            }

            AtomicFile.Delete(partial);
            if (!resumed)
            {
                throw new HkaFerException($"{name}: {file.Name} has the checksum {sum}; expected {file.Checksum}. Nothing of it was kept; try again, or check HF_ENDPOINT and what stands between");
            }

            // What was there before may have been another file's, or damaged since.
            report($"{file.Name}: the part that was there did not fit; fetches all of it");
            resumed = false;
        }
    }

    private async Task<bool> Receive(HubRetry retry)
    {
        using ResumableFile to = ResumableFile.Open(partial);
        if (to.Length > _bytes)
        {
            to.Clear();
        }

        _furthest = Math.Max(_furthest, to.Length);
        received(to.Length);
        if (to.Length == _bytes)
        {
            return true;
        }

        using HttpResponseMessage response = await client.Send(HttpMethod.Get, file.Address, request => Range(request, to.Length), null, cancel).ConfigureAwait(false);
        await Begin(response, to).ConfigureAwait(false);
        var part = new byte[PartBytes];
        await using Stream content = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        for (int count; (count = await client.Read(content, part, cancel).ConfigureAwait(false)) > 0;)
        {
            if (to.Length + count > _bytes)
            {
                to.Dispose();
                throw Discarded($"is longer than the {_bytes:N0} bytes that were declared");
            }

            to.Append(part.AsSpan(0, count));
            if (to.Length > _furthest)
            {
                _furthest = to.Length;
                retry.Progressed();
            }

            received(to.Length);
        }

        return to.Length == _bytes ? true : throw new HubTrouble($"the connection ended after {to.Length:N0} of {_bytes:N0} bytes");
    }

    private void Range(HttpRequestMessage request, long have)
    {
        if (have == 0)
        {
            return;
        }

        request.Headers.Range = new RangeHeaderValue(have, null);
        string place = request.RequestUri!.Authority;
        string? tag = _tags.GetValueOrDefault(place) ?? (place == file.Address.Authority ? file.Tag : null);
        if (tag is not null)
        {
            request.Headers.IfRange = new RangeConditionHeaderValue(new EntityTagHeaderValue(tag));
        }
    }

    /// <summary>Makes sure that what comes continues what is there, or begins anew.</summary>
    private async Task Begin(HttpResponseMessage response, ResumableFile to)
    {
        long? total;
        switch (response.StatusCode)
        {
            case HttpStatusCode.PartialContent:
                ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
                if (range?.From != to.Length)
                {
                    to.Clear();
                    throw new HubTrouble("the server sent another part than the one that was asked for");
                }

                total = range.Length ?? to.Length + response.Content.Headers.ContentLength;
                break;
            case HttpStatusCode.RequestedRangeNotSatisfiable:
                to.Clear();
                throw new HubTrouble("the server cannot go on where the file ended");
            case HttpStatusCode.OK:
                total = response.Content.Headers.ContentLength;
                break;
            default:
                throw await refusal.Of(response, file.Name, cancel).ConfigureAwait(false);
        }

        HubRemoteFile.CheckLength(name, file.Name, total);
        _bytes ??= total ?? throw new HkaFerException($"{name}: the server does not say how long {file.Name} is; check HF_ENDPOINT");
        if (total is not null && total != _bytes)
        {
            // What is there is kept: it may be a page to sign in that answers.
            throw new HkaFerException($"{name}: the server sends {total:N0} bytes for {file.Name}, and declared {_bytes:N0}; check HF_ENDPOINT and that no page to sign in stands between");
        }

        if (response.StatusCode == HttpStatusCode.OK && to.Length > 0)
        {
            // The server has no ranges, or another version.
            to.Clear();
        }

        if (response.Headers.ETag is { IsWeak: false } tag)
        {
            _tags[response.RequestMessage!.RequestUri!.Authority] = tag.Tag;
        }
    }

    private HkaFerException Discarded(string problem)
    {
        AtomicFile.Delete(partial);
        return new HkaFerException($"{name}: {file.Name} {problem}. Nothing of it was kept; check HF_ENDPOINT and what stands between");
    }
}
