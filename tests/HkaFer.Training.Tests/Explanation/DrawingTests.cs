using System.Xml.Linq;
using HkaFer.Data;

namespace HkaFer.Training.Tests;

public class DrawingTests
{
    [Fact]
    public void Colours_of_heat_grow_lighter_in_even_steps()
    {
        double[] lightness = [.. Enumerable.Range(0, 256).Select(i => HeatColours.Lightness(HeatColours.Of(i / 255f)))];
        double step = (lightness[^1] - lightness[0]) / 255;
        Assert.InRange(lightness[0], 0.1, 0.2);
        Assert.InRange(lightness[^1], 0.95, 1);

        // Bytes round a colour by up to half a step of lightness.
        Assert.All(Enumerable.Range(0, 256), i => Assert.InRange(lightness[i] - lightness[0] - (i * step), -1.5 * step, 1.5 * step));
        Assert.Equal(HeatColours.Of(0), HeatColours.Of(-3));
        Assert.Equal(HeatColours.Of(1), HeatColours.Of(7));
        Assert.Equal(HeatColours.Of(0), HeatColours.Of(float.NaN));
    }

    [Fact]
    public void Overlay_is_hot_where_the_map_is_and_keeps_the_picture_s_aspect()
    {
        var photo = new Image(200, 100, [.. Enumerable.Repeat((byte)128, 200 * 100 * 3)]);
        Image drawn = Overlay.Draw(photo, new HeatMap(2, 2, [0, 0, 0, 1]), new Preprocessing { Size = 32 }, 64);
        Assert.Equal((64, 32), (drawn.Width, drawn.Height));
        double cold = HeatColours.Lightness(At(drawn, 2, 2)), hot = HeatColours.Lightness(At(drawn, 61, 29));
        Assert.True(hot > cold + 0.3, $"{cold} {hot}");
    }

    [Fact]
    public void What_the_model_did_not_see_stays_grey()
    {
        // A crop of the middle: of 200 x 100 pixels at a shorter edge of 40, the columns 24 to 56 of 80 and the rows 4 to 36 of 40.
        var photo = new Image(200, 100, [.. Enumerable.Repeat(new byte[] { 200, 100, 50 }, 200 * 100).SelectMany(p => p)]);
        var crop = new Preprocessing { Size = 32, Framing = Framing.ShortestEdgeCrop, Edge = 40 };
        Image drawn = Overlay.Draw(photo, new HeatMap(1, 1, [1]), crop, 80);
        foreach ((int x, int y, bool seen) in ((int, int, bool)[])[(23, 20, false), (24, 20, true), (55, 20, true), (56, 20, false), (40, 3, false), (40, 4, true), (40, 35, true), (40, 36, false)])
        {
            (byte r, byte g, byte b) = At(drawn, x, y);
            Assert.Equal(seen, r != g || g != b);
        }
    }

    [Fact]
    public void Drawings_are_well_formed_whatever_classes_are_called()
    {
        string[] classes = [.. Enumerable.Range(0, 11).Select(i => $"<{i}>&\"'\u0001")];
        int[] labels = [.. Enumerable.Range(0, 44).Select(i => i % 11)];
        var chart = new ScatterChart
        {
            X = [.. labels.Select((_, i) => Math.Sin(i) * 30)], Y = [.. labels.Select((_, i) => Math.Cos(i))], Labels = labels, Classes = classes, Right = [.. labels.Select(l => l != 3)],
        };
        XElement svg = XDocument.Parse(Svg.File(chart.Width, ScatterChart.Height, classes[0], chart.Body())).Root!;
        XElement[] markers = [.. svg.Descendants().Where(e => ((string?)e.Attribute("class"))?.StartsWith("p k", StringComparison.Ordinal) == true)];
        Assert.Equal(44 + 11, markers.Length);
        Assert.Equal(4, markers.Count(e => ((string)e.Attribute("class")!).EndsWith("wrong", StringComparison.Ordinal)));

        var grid = new PictureGrid(classes, [new PictureRow("photo\n<b>", [.. classes.Select(_ => new byte[] { 1, 2 }), null], ["<1 to 2>"])]);
        Assert.Equal(11, XDocument.Parse(Svg.File(grid.Width, grid.Height, "pictures", grid.Body())).Root!.Descendants().Count(e => e.Name.LocalName == "image"));
    }

    [Fact]
    public void Points_that_all_coincide_are_drawn_in_the_middle()
    {
        var chart = new ScatterChart { X = [1, 1, 1], Y = [2, 2, 2], Labels = [0, 0, 0], Classes = ["a", "b"] };
        XElement[] circles = [.. XDocument.Parse(Svg.File(chart.Width, ScatterChart.Height, "", chart.Body())).Root!.Descendants().Where(e => e.Name.LocalName == "circle")];
        Assert.All(circles[..3], c => Assert.Equal((260, 260), ((double)c.Attribute("cx")!, (double)c.Attribute("cy")!)));
    }

    private static (byte R, byte G, byte B) At(Image image, int x, int y) =>
        image.Pixels.AsSpan(3 * ((y * image.Width) + x), 3) is [var r, var g, var b] ? (r, g, b) : default;
}
