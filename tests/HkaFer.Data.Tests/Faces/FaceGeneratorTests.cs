using System.Security.Cryptography;

namespace HkaFer.Data.Tests.Faces;

public class FaceGeneratorTests
{
    [Theory]
    [MemberData(nameof(Pinned))]
    public void Face_of_a_seed_is_the_same_bytes_on_every_machine(FaceDomain domain, Expression expression, string hash)
    {
        var face = FaceGenerator.Draw(FaceSpec.FromSeed(domain, expression, 42));
        Assert.Equal(hash, Convert.ToHexString(SHA256.HashData(face.Pixels))[..16]);
    }

    public static TheoryData<FaceDomain, Expression, string> Pinned => new()
    {
        { FaceDomain.Source, Expression.Neutral, "31EA8A871F5F32FA" },
        { FaceDomain.Source, Expression.Happiness, "E683E11D68A33017" },
        { FaceDomain.Source, Expression.Surprise, "ACDAB5BB0678B86F" },
        { FaceDomain.Source, Expression.Sadness, "A573A86AB775DBCF" },
        { FaceDomain.Source, Expression.Anger, "ECF196F262237F38" },
        { FaceDomain.Source, Expression.Disgust, "FE2B97FA8791CE30" },
        { FaceDomain.Source, Expression.Fear, "BAC4141D91CDAD9A" },
        { FaceDomain.Source, Expression.Contempt, "56EEE797F6FDC97F" },
        { FaceDomain.Shifted, Expression.Neutral, "4C05513CA8BF658E" },
        { FaceDomain.Shifted, Expression.Happiness, "3E9E357FBFA68B8E" },
        { FaceDomain.Shifted, Expression.Surprise, "44B145D886B72AC6" },
        { FaceDomain.Shifted, Expression.Sadness, "3FED4D8095208E36" },
        { FaceDomain.Shifted, Expression.Anger, "5561CABF1E5B8A1D" },
        { FaceDomain.Shifted, Expression.Disgust, "DDAC6CABB0143DD8" },
        { FaceDomain.Shifted, Expression.Fear, "874439087C1F888A" },
    };

    [Theory]
    [InlineData(16)]
    [InlineData(48)]
    [InlineData(131)]
    public void Face_has_the_asked_size(int size)
    {
        var face = FaceGenerator.Draw(new FaceSpec { Size = size });
        Assert.Equal((size, size), (face.Width, face.Height));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(15)]
    [InlineData(1_000_000)]
    public void Size_out_of_range_is_named(int size)
    {
        var error = Assert.Throws<HkaFerException>(() => FaceGenerator.Draw(new FaceSpec { Size = size }));
        Assert.Contains(size.ToString(), error.Message);
    }

    [Fact]
    public void Every_expression_changes_the_same_face_visibly()
    {
        var neutral = FaceGenerator.Draw(new FaceSpec());
        for (var e = Expression.Happiness; e <= Expression.Contempt; e++)
        {
            var face = FaceGenerator.Draw(new FaceSpec { Action = FaceAction.Of(e) });
            // A mean change of half a grey level over the whole picture is a change of some 20 levels over brows, eyes and mouth.
            Assert.True(Difference(neutral, face) > 0.5, $"{e} changes the face by {Difference(neutral, face):F3}");
        }
    }

    [Fact]
    public void Expression_leaves_the_backdrop_alone()
    {
        var neutral = FaceGenerator.Draw(new FaceSpec());
        var surprised = FaceGenerator.Draw(new FaceSpec { Action = FaceAction.Of(Expression.Surprise) });
        // The two leftmost columns; ears end right of them.
        Assert.Equal(neutral.Pixels.Chunk(48 * 3).Select(row => row[..6]), surprised.Pixels.Chunk(48 * 3).Select(row => row[..6]));
    }

    [Theory]
    [MemberData(nameof(Occlusions))]
    public void Occlusion_covers_something(FaceOcclusionKind kind)
    {
        var bare = FaceGenerator.Draw(new FaceSpec());
        var covered = FaceGenerator.Draw(new FaceSpec { Occlusion = new FaceOcclusion(kind, 0.6f, 0.6f, 0.2f, 1, new(0.1f, 0.2f, 0.3f)) });
        Assert.True(Difference(bare, covered) > 1);
    }

    public static TheoryData<FaceOcclusionKind> Occlusions =>
        new(Enum.GetValues<FaceOcclusionKind>().Where(k => k != FaceOcclusionKind.None));

    [Theory]
    [InlineData(9f, 9f, 9f, 0.001f, 50f)]
    [InlineData(-1.5f, 1.5f, 100f, 40f, -3f)]
    [InlineData(0f, 0f, 0f, 0f, 0f)]
    public void Extreme_poses_draw_without_an_error(float yaw, float pitch, float roll, float scale, float shift)
    {
        var pose = new FacePose(yaw, pitch, roll, scale, shift, shift);
        Assert.Equal(48, FaceGenerator.Draw(new FaceSpec { Pose = pose, Identity = FaceIdentity.FromSeed(5) }).Width);
    }

    [Fact]
    public void Inverted_style_exchanges_dark_and_light()
    {
        var plain = FaceGenerator.Draw(new FaceSpec { Style = FaceStyle.Pencil });
        var inverted = FaceGenerator.Draw(new FaceSpec { Style = FaceStyle.Pencil with { Inverted = true } });
        Assert.All(plain.Pixels.Zip(inverted.Pixels), p => Assert.InRange(p.First + p.Second, 254, 256));
    }

    [Fact]
    public void Shifted_faces_are_grey()
    {
        var face = FaceGenerator.Draw(FaceSpec.FromSeed(FaceDomain.Shifted, Expression.Fear, 8));
        Assert.All(face.Pixels.Chunk(3), p => Assert.Equal((p[0], p[0]), (p[1], p[2])));
    }

    private static double Difference(Image a, Image b) => a.Pixels.Zip(b.Pixels, (x, y) => Math.Abs(x - y)).Average();
}
