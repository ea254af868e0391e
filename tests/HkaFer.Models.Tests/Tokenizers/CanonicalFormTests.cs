namespace HkaFer.Models.Tests;

public class CanonicalFormTests
{
    // Of Unicode's own NormalizationTest, a row for each rule: composition, order of marks, blocking, exclusions, Hangul, beyond the first plane.
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("cafe\u0301", "caf\u00E9")]
    [InlineData("e\u0323\u0302", "\u1EC7")]
    [InlineData("e\u0302\u0323", "\u1EC7")]
    [InlineData("\u1E0A\u0323", "\u1E0C\u0307")]
    [InlineData("a\u0315\u0300\u05AE\u0301b", "\u00E0\u05AE\u0301\u0315b")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\u2126", "\u03A9")]
    [InlineData("\u1100\u1161", "\uAC00")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01")]
    [InlineData("\uAC00\u11A8", "\uAC01")]
    [InlineData("\uAC01\u11A8", "\uAC01\u11A8")]
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("\u0301e", "\u0301e")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("\U00011099\U000110BA", "\U0001109A")]
    [InlineData("\uFB01", "\uFB01")]
    public void Text_is_composed_as_the_standard_says(string text, string expected) => Assert.Equal(expected, CanonicalForm.Compose(text));

    [Fact]
    public void Half_of_a_surrogate_pair_is_replaced() => Assert.Equal("\uFFFDx", CanonicalForm.Compose("\uD800x"));
}
