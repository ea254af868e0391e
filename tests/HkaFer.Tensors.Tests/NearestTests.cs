namespace HkaFer.Tensors.Tests;

public class NearestTests
{
    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("anger", "anger", 0)]
    [InlineData("--jsno", "--json", 1)]
    [InlineData("abcd", "badc", 2)]
    [InlineData("--jsno", "--tsne", 2)]
    public void Distance_counts_edits(string a, string b, int expected) => Assert.Equal(expected, Nearest.Distance(a, b));
}
