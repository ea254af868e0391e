using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using HkaFer.Testing;

namespace HkaFer.Cli.Tests;

/// <summary>The README and the pages in docs: whatever they point at exists.</summary>
public sealed partial class DocumentTests
{
    public static TheoryData<string> Pages() =>
        ["README.md", .. Directory.GetFiles(Path.Combine(Fixtures.Root, "docs"), "*.md").Select(path => $"docs/{Path.GetFileName(path)}").Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Relative_links_lead_to_files_and_headings_that_exist(string page)
    {
        foreach (string target in Links(page).Where(link => !link.Contains("://", StringComparison.Ordinal)))
        {
            string[] parts = target.Split('#', 2);
            string file = parts[0].Length == 0 ? At(page) : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(At(page))!, parts[0]));
            Assert.True(File.Exists(file) || Directory.Exists(file), $"{page}: there is no '{target}'");
            Assert.True(parts.Length == 1 || Anchors(file).Contains(parts[^1]), $"{page}: no heading for '{target}'");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_is_linked_from_the_readme(string page) =>
        Assert.True(page == "README.md" || Links("README.md").Any(link => link.Split('#')[0] == page), $"README.md does not link {page}");

    [Fact]
    public void Messages_of_the_troubleshooting_page_are_still_printed()
    {
        string[] sources =
        [
            .. Directory.GetFiles(At("src"), "*.cs", SearchOption.AllDirectories).Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)),
            .. Directory.GetFiles(At("eng"), "*.sh"),
        ];
        string[] texts = [.. sources.Select(path => Unquote(File.ReadAllText(path)))];
        string[] messages = [.. Row().Matches(File.ReadAllText(At("docs/troubleshooting.md"))).Select(row => row.Groups["message"].Value)];
        Assert.True(messages.Length > 40);
        foreach (string message in messages)
        {
            // What varies is in angle quotes; the rest must stand in one source file.
            string[] fixedParts = [.. Varies().Split(message).Select(part => part.Trim()).Where(part => part.Length > 0)];
            Assert.True(fixedParts.Any(part => part.Length >= 10), $"'{message}' has no fixed part to look for");
            Assert.True(texts.Any(text => fixedParts.All(part => text.Contains(part, StringComparison.Ordinal))), $"no source prints '{message}'");
        }
    }

    /// <summary>Texts that go on in the next line as one.</summary>
    private static string Unquote(string source) => Joint().Replace(source, "").Replace("\\\"", "\"", StringComparison.Ordinal);

    private static string At(string name) => Path.Combine(Fixtures.Root, name);

    private static IEnumerable<string> Links(string page) => Link().Matches(Fence().Replace(File.ReadAllText(At(page)), "")).Select(m => m.Groups["target"].Value);

    // As GitHub makes them: lower case, blanks to hyphens, everything else that is no letter or digit gone.
    private static HashSet<string> Anchors(string file) =>
    [
        .. Heading().Matches(Fence().Replace(File.ReadAllText(file), "")).Select(m => string.Concat(m.Groups["text"].Value.Trim().ToLower(CultureInfo.InvariantCulture).EnumerateRunes()
            .Where(r => Rune.IsLetterOrDigit(r) || r.Value is ' ' or '-' or '_').Select(r => r.Value == ' ' ? "-" : r.ToString()))),
    ];

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^```.*?^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex("^#+ (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^\| `(?<message>[^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("‹[^›]*›")]
    private static partial Regex Varies();

    [GeneratedRegex("\"\\s*\\+\\s*\\$?\"")]
    private static partial Regex Joint();
}
