namespace HkaFer.Data.Tests.Verification;

public class NearHashesTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(9)]
    [InlineData(15)]
    public void Pairs_are_those_of_comparing_all_with_all(int distance)
    {
        // Clusters around few centres, so that every distance occurs.
        var rng = new PictureRng(5);
        var hashes = new HashSet<ulong>();
        while (hashes.Count < 600)
        {
            ulong hash = PictureRng.Derive(1, (ulong)rng.NextInt(40));
            for (int flips = rng.NextInt(16); flips > 0; flips--) hash ^= 1UL << rng.NextInt(64);
            hashes.Add(hash);
        }

        ulong[] all = [.. hashes];
        var expected = from i in Enumerable.Range(0, all.Length)
                       from j in Enumerable.Range(i + 1, all.Length - i - 1)
                       where PerceptualHash.Distance(all[i], all[j]) <= distance
                       select (i, j);
        Assert.Equal(expected.Order(), NearHashes.Pairs(all, distance).Order());
    }

    [Fact]
    public void Flat_pictures_look_alike_and_a_mirrored_one_does_not()
    {
        Assert.Equal(PerceptualHash.Of(Pictures.Plain(9, 9, 0, 0, 0)), PerceptualHash.Of(Pictures.Plain(70, 30, 200, 90, 10)));
        var face = DataSource.Parse("faces:?count=1&size=64").Open("train").Load(0);
        Assert.InRange(PerceptualHash.Distance(PerceptualHash.Of(face), PerceptualHash.Of(face.Resize(200, 200))), 0, 3);
        Assert.True(PerceptualHash.Distance(PerceptualHash.Of(face), PerceptualHash.Of(face.FlipHorizontal())) > DatasetReport.DefaultNearDistance);
    }
}
