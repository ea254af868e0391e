namespace HkaFer.Cli.Tests;

public sealed class TableTests
{
    private static readonly Table s_table = new Table("name", ">count", "more") { Essential = 2 }.Add("abcdef", 1, "xyz");

    // Borders and a space on either side of each cell: 10 + 8 + 7 characters.
    [Theory]
    [InlineData(25, "name count more")]
    [InlineData(24, "name count")]
    [InlineData(5, "name count")]
    public void Narrow_terminal_loses_last_columns_but_not_the_essential_ones(int width, string kept) =>
        Assert.Equal(kept, string.Join(' ', s_table.Fitting(width).Columns.Select(c => c.Name)));

    [Fact]
    public void Table_without_essential_columns_keeps_all() =>
        Assert.Equal(2, new Table("a", "b").Add("long text", "long text").Fitting(5).Columns.Count());
}
