using System.Net;

namespace HkaFer.Models;

/// <summary>Answers of the hub that another attempt would not change, as errors that say what to do.</summary>
internal sealed class HubRefusal(HubSettings settings, HubName name, HubClient client)
{
    /// <summary>The error for an answer without success.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="file">The file that was asked for, or null for the repository.</param>
    /// <param name="cancel">Stops.</param>
    internal async Task<HkaFerException> Of(HttpResponseMessage response, string? file, CancellationToken cancel)
    {
        string code = Header(response, "X-Error-Code"), said = Header(response, "X-Error-Message");
        string page = $"{settings.Endpoint}{name.Id}", answers = $"the server answers {(int)response.StatusCode}{(said.Length > 0 ? $" ({said})" : "")}";
        switch (response.StatusCode)
        {
            case HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden when code == "GatedRepo":
                return new HkaFerException($"{name}: is gated ({answers}); ask for access at {page} and give a token of that account: {Token}");
            case HttpStatusCode.Unauthorized when client.HasToken:
                return new HkaFerException($"{name}: {answers} to the token of {(settings.Token is null ? settings.TokenFile : "HF_TOKEN")}; it is wrong or has expired, or may not see this repository{Near}: {Token}");
            case HttpStatusCode.Unauthorized:
                return new HkaFerException($"{name}: {answers}: there is no such repository, or it is private or gated and needs a token{Near}; check the name at {page}, or give a token: {Token}");
            case HttpStatusCode.Forbidden:
                return new HkaFerException($"{name}: {answers}; the token may not read this repository, or has no right to gated ones; see {settings.Endpoint}settings/tokens");
            case HttpStatusCode.NotFound when code == "RevisionNotFound" || (file is null && code.Length == 0 && name.Revision != HubName.DefaultRevision):
                return new HkaFerException($"{name.Id}: has no revision '{name.Revision}'{await Known(cancel).ConfigureAwait(false)}");
            case HttpStatusCode.NotFound when file is not null:
                return new HkaFerException($"{name}: {file} is listed, but the server does not have it; try again later, or another --revision");
            case HttpStatusCode.NotFound:
                return new HkaFerException($"{name.Id}: there is no such repository at {settings.Endpoint}{Near}; check the name at {page}");
            default:
                return new HkaFerException($"{name}: {answers} to the request for {file ?? "the repository"}; check HF_ENDPOINT ({settings.Endpoint})");
        }
    }

    private string Near => Nearest.Of(name.Id, Hub.Published) is { } near && near != name.Id ? $"; did you mean '{near}'?" : "";

    private string Token => $"make one at {settings.Endpoint}settings/tokens and set HF_TOKEN to it, or write it to {settings.TokenFile ?? "a file that HF_TOKEN_PATH names"}";

    private async Task<string> Known(CancellationToken cancel)
    {
        try
        {
            using HttpResponseMessage response = await client.Send(HttpMethod.Get, client.Address(["api", "models", .. name.Id.Split('/'), "refs"]), null, null, cancel).ConfigureAwait(false);
            IReadOnlyList<string> known = response.IsSuccessStatusCode ? HubListing.Revisions(await client.ReadAll(response, cancel).ConfigureAwait(false)) : [];
            return known.Count > 0 ? $"; {Nearest.Hint(name.Revision, known)}" : $"; see {settings.Endpoint}{name.Id}/tree/main";
        }
        catch (HubTrouble)
        {
            // The error that brought us here is the one to report.
            return "";
        }
    }

    private static string Header(HttpResponseMessage response, string header) =>
        response.Headers.TryGetValues(header, out IEnumerable<string>? values) ? HubText.Clean(string.Join(", ", values)) : "";
}
