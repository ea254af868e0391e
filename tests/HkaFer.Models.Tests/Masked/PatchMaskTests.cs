using HkaFer.Testing;

namespace HkaFer.Models.Tests;

public class PatchMaskTests
{
    [Fact]
    public void Draw_hides_the_share_and_follows_the_seed_alone()
    {
        PatchMask mask = PatchMask.Draw(36, 0.75, 5, 6, 5);
        Assert.Equal((3, 9, 27), (mask.Count, mask.VisibleEach, mask.MaskedEach));
        Assert.Equal(Seen(mask, 0), Seen(mask, 2));
        Assert.NotEqual(Seen(mask, 0), Seen(mask, 1));
        Assert.Equal(Seen(mask, 1), Seen(PatchMask.Draw(36, 0.75, 6), 0));
        Assert.Equal(9, Seen(mask, 1).Length);
        Assert.Equal(Enumerable.Range(0, 3 * 36), mask.VisibleRows.Concat(mask.MaskedRows).Order());
    }

    [Fact]
    public void Draw_shows_every_patch_as_often_as_every_other()
    {
        const int Draws = 4000, Patches = 8;
        PatchMask mask = PatchMask.Draw(Patches, 0.75, [.. Enumerable.Range(0, Draws).Select(i => (ulong)i)]);
        int[] counts = new int[Patches];
        foreach (int row in mask.VisibleRows)
        {
            counts[row % Patches]++;
        }

        // 1,000 of each expected, deviation 27: five deviations.
        Assert.All(counts, count => Assert.InRange(count, 865, 1135));
    }

    [Theory]
    [InlineData(0.99)]
    [InlineData(0)]
    public void Ratio_that_leaves_nothing_to_see_or_to_hide_is_named(double ratio) =>
        Assert.Contains("choose another ratio", Assert.Throws<HkaFerException>(() => PatchMask.Draw(4, ratio, 1)).Message);

    [Fact]
    public void Mask_of_another_batch_is_named() => Assert.Contains(
        "is of 1 pictures of 4 patches, got 2 of 4",
        Assert.Throws<HkaFerException>(() => TinyModels.Vit().Forward(TinyModels.Pixels(2), PatchMask.Draw(4, 0.5, 1))).Message);

    private static int[] Seen(PatchMask mask, int picture) => [.. Enumerable.Range(0, 36).Where(p => mask.IsVisible(picture, p))];
}
