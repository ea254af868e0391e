using System.Globalization;
using System.Net.Http.Headers;

namespace HkaFer.Models;

/// <summary>What the hub says of a file before it is fetched.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Address">Where it is asked for: at the hub, at one commit.</param>
/// <param name="Checksum">See <see cref="HubChecksum"/>.</param>
/// <param name="Bytes">Its length, if it is said.</param>
/// <param name="Tag">The entity tag of the file where the hub serves it itself, for ranges.</param>
internal sealed record HubRemoteFile(string Name, Uri Address, string Checksum, long? Bytes, string? Tag)
{
    /// <summary>All files but weights are text for people and programs.</summary>
    private const long MaxText = 64 << 20;

    // A pebibyte: sums of lengths cannot overflow.
    private const long MaxWeights = 1L << 50;

    /// <summary>Whether a redirect says all that is asked for: large files lie elsewhere, and what that place calls an entity tag is no checksum.</summary>
    internal static bool IsEnough(HttpResponseMessage response) => Header(response, "X-Linked-Etag") is not null;

    /// <summary>Reads the answer to HEAD.</summary>
    /// <exception cref="HkaFerException">It names no checksum, or a length that cannot be.</exception>
    internal static HubRemoteFile Read(HubName name, string file, Uri address, HttpResponseMessage response)
    {
        string? linked = Header(response, "X-Linked-Etag"), tag = response.Headers.ETag is { IsWeak: false } strong ? strong.Tag : null;
        string checksum = Unquoted(linked ?? Header(response, "ETag") ?? "");
        if (!HubChecksum.IsOne(checksum))
        {
            throw new HkaFerException(
                $"{name}: the server names no checksum for {file} (X-Linked-Etag or ETag is '{HubText.Clean(checksum)}'; expected 40 or 64 hexadecimal digits), so it could not be verified; "
                + "check HF_ENDPOINT, or use https://huggingface.co");
        }

        long? bytes = long.TryParse(Header(response, "X-Linked-Size"), NumberStyles.None, CultureInfo.InvariantCulture, out long size) ? size
            : response.IsSuccessStatusCode ? response.Content.Headers.ContentLength : null;
        CheckLength(name, file, bytes);
        return new HubRemoteFile(file, address, checksum, bytes, response.IsSuccessStatusCode ? tag : null);
    }

    /// <summary>Refuses a length that no file of this name has, whichever answer states it.</summary>
    internal static void CheckLength(HubName name, string file, long? bytes)
    {
        long most = file.EndsWith(".safetensors", StringComparison.Ordinal) ? MaxWeights : MaxText;
        if (bytes > most)
        {
            throw new HkaFerException($"{name}: {file} is {bytes:N0} bytes long; expected at most {most:N0}");
        }
    }

    private static string Unquoted(string tag) => (tag.StartsWith("W/", StringComparison.Ordinal) ? tag[2..] : tag).Trim('"');

    // Not by the typed properties: a mirror's tag may lack the quotes that they demand.
    private static string? Header(HttpResponseMessage response, string header) =>
        response.Headers.NonValidated.TryGetValues(header, out HeaderStringValues values) ? values.ToString() : null;
}
