namespace HkaFer.Training;

/// <summary>Pictures in rows and columns with titles, as SVG that holds them.</summary>
/// <param name="Columns">Titles above.</param>
/// <param name="Rows">Titles on the left, each with its pictures.</param>
internal sealed record PictureGrid(IReadOnlyList<string> Columns, IReadOnlyList<PictureRow> Rows)
{
    private const double Cell = 112, Gap = 8, Head = 26, Letter = 7.2, Line = 15;

    private double Left => 12 + (Letter * Rows.SelectMany(r => r.Title.Split('\n')).Select(line => line.Length).DefaultIfEmpty(0).Max());

    internal double Width => Left + (Columns.Count * (Cell + Gap)) + Gap;

    internal double Height => Y(Rows.Count) + Gap;

    /// <summary>What stands inside of the svg element.</summary>
    internal Html Body() => Html.Of($"""
        {Html.Each(Columns.Index(), c => Html.Of($"<text class=\"mid\" x=\"{X(c.Index) + (Cell / 2)}\" y=\"18\">{c.Item}</text>\n"))}
        {Html.Each(Rows.Index(), r => Html.Of($"{Title(r.Item.Title, Y(r.Index) + (Cell / 2))}{Html.Each(r.Item.Pictures.Index(), p => Picture(p.Item, X(p.Index), Y(r.Index)))}{Html.Each(r.Item.Captions.Index(), c => Html.Of($"<text class=\"tick mid small\" x=\"{X(c.Index) + (Cell / 2)}\" y=\"{Y(r.Index) + Cell + 12}\">{c.Item}</text>\n"))}"))}
        """);

    private double X(int column) => Left + Gap + (column * (Cell + Gap));

    private double Y(int row) => Head + (row * (Cell + Gap)) + (Line * Rows.Take(row).Count(r => r.Captions.Any(c => !string.IsNullOrEmpty(c))));

    private Html Title(string title, double middle)
    {
        string[] lines = title.Split('\n');
        return Html.Each(lines.Index(), l => Html.Of($"<text class=\"end{(l.Index > 0 ? " tick" : "")}\" x=\"{Left - 4}\" y=\"{middle + 4 + ((l.Index - ((lines.Length - 1) / 2.0)) * 17)}\">{l.Item}</text>\n"));
    }

    private static Html Picture(byte[]? png, double x, double y) => png is null
        ? Html.Of($"<text class=\"tick mid\" x=\"{x + (Cell / 2)}\" y=\"{y + (Cell / 2) + 4}\">{Figures.None}</text>\n")
        : Html.Of($"<image x=\"{x}\" y=\"{y}\" width=\"{Cell}\" height=\"{Cell}\" href=\"data:image/png;base64,{Convert.ToBase64String(png)}\"/>\n");
}
