namespace HkaFer.Data.Tests.Faces;

public class FaceActionTests
{
    [Fact]
    public void Neutral_is_a_face_at_rest()
    {
        var neutral = FaceAction.Of(Expression.Neutral);
        Assert.All(Enum.GetValues<ActionUnit>(), u => Assert.Equal(0, neutral[u]));
    }

    [Fact]
    public void Strength_scales_every_unit()
    {
        var full = FaceAction.Of(Expression.Fear);
        var half = FaceAction.Of(Expression.Fear, 0.5f);
        Assert.All(Enum.GetValues<ActionUnit>(), u => Assert.Equal(full[u] / 2, half[u], 6));
    }

    [Fact]
    public void Compound_keeps_the_stronger_of_both_parts()
    {
        var both = FaceAction.Of(Expression.Happiness).With(FaceAction.Of(Expression.Surprise));
        Assert.Equal(1, both[ActionUnit.LipCornerPull]);
        Assert.Equal(1, both[ActionUnit.BrowOuterRaise]);
        Assert.Equal(0.85f, both[ActionUnit.JawDrop]);
    }

    [Fact]
    public void Towards_goes_part_of_the_way()
    {
        var middle = FaceAction.Rest.Towards(FaceAction.From((ActionUnit.JawDrop, 0.8f)), 0.25f);
        Assert.Equal(0.2f, middle[ActionUnit.JawDrop], 6);
    }

    [Fact]
    public void Jitter_stays_within_its_amount_and_follows_its_seed()
    {
        var smile = FaceAction.From((ActionUnit.LipCornerPull, 0.5f));
        var once = smile.Jitter(3, 0.4f);
        Assert.InRange(once[ActionUnit.LipCornerPull], 0.3f, 0.75f);
        Assert.NotEqual(smile[ActionUnit.LipCornerPull], once[ActionUnit.LipCornerPull]);
        Assert.Equal(once[ActionUnit.LipCornerPull], smile.Jitter(3, 0.4f)[ActionUnit.LipCornerPull]);
        Assert.NotEqual(once[ActionUnit.LipCornerPull], smile.Jitter(4, 0.4f)[ActionUnit.LipCornerPull]);
    }

    [Fact]
    public void Intensities_stay_between_0_and_1()
    {
        var wild = FaceAction.From((ActionUnit.JawDrop, 7)).With(ActionUnit.LidRaise, -3);
        Assert.Equal(1, wild[ActionUnit.JawDrop]);
        Assert.Equal(0, wild[ActionUnit.LidRaise]);
    }
}
