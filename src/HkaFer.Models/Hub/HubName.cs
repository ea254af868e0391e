using System.Text.RegularExpressions;

namespace HkaFer.Models;

/// <summary>A repository of the hub and one of its revisions, checked so that both can be parts of addresses and of paths.</summary>
/// <param name="Id"><c>organization/name</c>. A name alone, as the oldest models have it, is that of a folder here.</param>
/// <param name="Revision">A branch, a tag or a commit.</param>
internal sealed partial record HubName(string Id, string Revision)
{
    internal const string DefaultRevision = "main";

    /// <summary>Whether the revision is a whole commit hash, which never comes to mean another.</summary>
    internal bool IsPinned => IsCommit(Revision);

    public override string ToString() => Revision == DefaultRevision ? Id : $"{Id}@{Revision}";

    internal static bool IsCommit(string text) => Commit().IsMatch(text);

    /// <summary>Reads <c>ID</c> or <c>ID@REVISION</c>.</summary>
    /// <exception cref="HkaFerException">It is neither.</exception>
    internal static HubName Parse(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        return TryParse(text) ?? throw new HkaFerException(
            $"'{HubText.Clean(text)}' is no id of the hub; expected organization/name, as facebook/dinov2-small, or organization/name@revision");
    }

    internal static HubName? TryParse(string text)
    {
        int at = text.IndexOf('@', StringComparison.Ordinal);
        string id = at < 0 ? text : text[..at], revision = at < 0 ? DefaultRevision : text[(at + 1)..];
        string[] parts = id.Split('/');
        return id.Length <= 96 && parts.Length == 2 && parts.All(IsPart) && IsRevision(revision) ? new HubName(id, revision) : null;
    }

    // "--" stands for the slash in names of folders.
    private static bool IsPart(string part) =>
        Part().IsMatch(part) && !part.Contains("--", StringComparison.Ordinal) && !part.Contains("..", StringComparison.Ordinal)
        && !part.EndsWith(".git", StringComparison.Ordinal);

    // What git allows in the name of a reference, and on every system in a path.
    private static bool IsRevision(string text) => text.Length is > 0 and <= 200 && text.Split('/').All(part => RevisionPart().IsMatch(part) && part is not ("." or ".."));

    [GeneratedRegex("^[0-9a-f]{40}\\z")]
    private static partial Regex Commit();

    [GeneratedRegex("^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\\z")]
    private static partial Regex Part();

    [GeneratedRegex("^[A-Za-z0-9_.+-]+\\z")]
    private static partial Regex RevisionPart();
}
