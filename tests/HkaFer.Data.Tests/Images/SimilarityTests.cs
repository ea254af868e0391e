using HkaFer.Testing;

namespace HkaFer.Data.Tests;

public class SimilarityTests
{
    public static TheoryData<string> Published() => Fixtures.Of("similarity-alignment");

    [Theory]
    [MemberData(nameof(Published))]
    [Trait("Category", "Fixtures")]
    public void Landmarks_and_picture_come_to_rest_as_published(string row)
    {
        var dump = Fixtures.Open(row);
        var template = Points(dump.Config.GetProperty("template"));
        Assert.Equal(template, FaceLandmarks.Template);
        foreach (var face in dump.Expect.EnumerateArray())
        {
            var found = Similarity.Between(Points(face.GetProperty("landmarks")), template);
            double[] expected = [.. face.GetProperty("matrix").EnumerateArray().SelectMany(r => r.EnumerateArray().Select(x => x.GetDouble()))];
            Near.Relative(expected, [found.A, -found.B, found.X, found.B, found.A, found.Y], dump.Tolerance("out", 1e-4), "matrix");
        }

        double[] m = [.. dump.Tensor("warp.matrix").Doubles()];
        var picture = dump.Tensor("warp.image");
        int size = dump.Config.GetProperty("size").GetInt32();
        byte[] actual = new Similarity(m[0], m[3], m[2], m[5]).Warp(new Image(picture.Shape[1], picture.Shape[0], picture.Bytes), size).Pixels;
        int[] errors = [.. dump.Tensor("warp.out").Bytes.Zip(actual, (x, y) => Math.Abs(x - y))];
        Assert.True(errors.Max() <= dump.Config.GetProperty("warp_max").GetDouble(), $"{errors.Max()} levels");
        Assert.True(errors.Average() <= dump.Config.GetProperty("warp_mean").GetDouble(), $"{errors.Average()} on average");
    }

    [Fact]
    public void Large_picture_is_filtered_before_it_is_aligned()
    {
        // Stripes of one pixel are grey from afar; picking single pixels would show some of them.
        var pixels = new byte[2000 * 2000 * 3];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)(i / 3 % 2 * 255);
        var stripes = new Image(2000, 2000, pixels);
        var landmarks = new FaceLandmarks([.. FaceLandmarks.Template.Select(p => (p.X * 17.3, p.Y * 17.3))], "test");
        byte[] middle = landmarks.Cut(stripes, "stripes").Crop(60, 60, 100, 100).Pixels;
        Assert.InRange(middle.Max() - middle.Min(), 0, 4);
    }

    [Fact]
    public void Box_beyond_the_edge_gives_what_is_within() =>
        Assert.Equal(Pictures.Ramp(9, 9).Crop(6, 0, 3, 5).Pixels, new FaceBox(6, -3, 40, 5, "test").Cut(Pictures.Ramp(9, 9), "ramp").Pixels);

    private static (double X, double Y)[] Points(System.Text.Json.JsonElement json) =>
        [.. json.EnumerateArray().Select(p => (p[0].GetDouble(), p[1].GetDouble()))];
}
