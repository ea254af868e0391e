namespace HkaFer.Data.Tests;

public class PictureRngTests
{
    [Fact]
    public void Sequence_is_the_published_one()
    {
        // The values that the reference implementation of SplitMix64 gives for seed 1234567.
        var rng = new PictureRng(1234567);
        Assert.Equal(6457827717110365317UL, rng.NextBits());
        Assert.Equal(3203168211198807973UL, rng.NextBits());
        Assert.Equal(9817491932198370423UL, rng.NextBits());
    }

    [Fact]
    public void Derived_seeds_depend_on_every_part_and_its_place()
    {
        var seeds = new HashSet<ulong>();
        for (ulong run = 0; run < 10; run++)
        {
            for (ulong epoch = 0; epoch < 10; epoch++)
            {
                for (ulong index = 0; index < 100; index++)
                {
                    seeds.Add(PictureRng.Derive(run, epoch, index));
                }
            }
        }

        Assert.Equal(10_000, seeds.Count);
        Assert.NotEqual(PictureRng.Derive(1), PictureRng.Derive(1, 0));
    }

    [Fact]
    public void Whole_numbers_are_equally_likely()
    {
        var rng = new PictureRng(1);
        var counts = new int[7];
        for (int i = 0; i < 70_000; i++)
        {
            counts[rng.NextInt(7)]++;
        }

        // Six standard deviations of 10,000 expected are 556.
        Assert.All(counts, x => Assert.InRange(x, 9_444, 10_556));
    }

    [Fact]
    public void Shuffle_keeps_every_item()
    {
        int[] items = [.. Enumerable.Range(0, 100)];
        new PictureRng(5).Shuffle(items.AsSpan());
        Assert.NotEqual(Enumerable.Range(0, 100), items);
        Assert.Equal(Enumerable.Range(0, 100), items.Order());
    }
}
