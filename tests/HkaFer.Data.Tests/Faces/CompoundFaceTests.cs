namespace HkaFer.Data.Tests;

public class CompoundFaceTests
{
    [Fact]
    public void Eleven_classes_are_drawn_in_turn()
    {
        ImageDataset data = DataSource.Parse("faces:?classes=compound&count=22&size=32").Open("test");
        Assert.Equal(11, data.Classes.Count);
        Assert.Equal("happily surprised", data.Classes[0]);
        Assert.All(data.ClassCounts(), count => Assert.Equal(2, count));
        Assert.NotEqual(data.Load(0).Pixels, data.Load(11).Pixels);
        Assert.Equal(data.Load(3).Pixels, DataSource.Parse("faces:?classes=compound&count=5&size=32").Open("test").Load(3).Pixels);
        Assert.Contains("/compound/", data[0].Path);
    }

    [Fact]
    public void Basic_faces_are_what_they_were()
    {
        Assert.Equal(new FaceDataset(FaceDomain.Source, 1, 7).Load(3).Pixels, DataSource.Parse("faces:?classes=basic&count=7").Open("train").Load(3).Pixels);
        Assert.Equal("faces/source/1/3", DataSource.Parse("faces:?count=7").Open("train")[3].Path);
    }

    [Fact]
    public void Compound_expression_moves_the_muscles_of_both()
    {
        foreach (CompoundExpression compound in CompoundExpression.All)
        {
            FaceAction both = FaceAction.Of(compound), first = FaceAction.Of(compound.First), second = FaceAction.Of(compound.Second);
            foreach (ActionUnit unit in Enum.GetValues<ActionUnit>())
            {
                bool yields = (unit == ActionUnit.LipPress && both[ActionUnit.LipsPart] > 0) || (unit == ActionUnit.LidDroop && both[ActionUnit.LidRaise] > 0);
                Assert.Equal(yields ? 0 : Math.Max(first[unit], second[unit]), both[unit]);
            }
        }
    }

    [Fact]
    public void Names_are_those_of_their_two_expressions()
    {
        Assert.Equal(11, CompoundExpression.Names.Distinct().Count());
        foreach (CompoundExpression compound in CompoundExpression.All)
        {
            Assert.True(Expressions.TryParse(compound.Name.Split(' ')[1], out Expression second));
            Assert.Equal(compound.Second, second);
        }
    }

    [Fact]
    public void Other_kinds_of_classes_are_refused() => Assert.Contains("unknown classes=compond; did you mean 'compound'",
        Assert.Throws<HkaFerException>(() => DataSource.Parse("faces:?classes=compond").Open("train")).Message);
}
