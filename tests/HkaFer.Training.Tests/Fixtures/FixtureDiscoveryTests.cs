using HkaFer.Testing;

namespace HkaFer.Training.Tests;

/// <summary>Whoever has more reference dumps names their folders in HKAFER_FIXTURES.</summary>
public sealed class FixtureDiscoveryTests
{
    [Theory]
    [InlineData("dinov2")]
    [InlineData("dinov2-classifier")]
    [InlineData("clip")]
    [InlineData("clip-vision")]
    [InlineData("clip-trace")]
    [InlineData("clip-tokenizer")]
    [InlineData("preprocess")]
    public void Further_cases_of_a_kind_are_found_beside_the_own_ones_under_whatever_name(string kind)
    {
        using var scratch = new Scratch();
        string json = $$"""{"kind": "{{kind}}", "config": {} }""";
        scratch.Write("many/clip-tiny/case.json", json);
        scratch.Write("one/case.json", json);
        string[] own = Of("", kind), all = Of($"{scratch["many"]}:{scratch["one"]}", kind);
        Assert.Equal([scratch["many/clip-tiny"], scratch["one"]], all.Except(own).Order(StringComparer.Ordinal));
        Assert.Equal(own.Length + 2, all.Length);
        Assert.NotNull(Fixtures.Owner(kind));
    }

    [Fact]
    public void Folder_that_is_not_there_is_an_error() =>
        Assert.Contains("/no/such", Assert.Throws<DirectoryNotFoundException>(() => Fixtures.Discover("/no/such")).Message);

    private static string[] Of(string named, string kind) => [.. Fixtures.Discover(named).Where(c => c.Kind == kind).Select(c => c.Folder)];
}
