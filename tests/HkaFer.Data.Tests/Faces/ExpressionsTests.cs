namespace HkaFer.Data.Tests.Faces;

public class ExpressionsTests
{
    [Fact]
    public void Names_stand_in_label_order() => Assert.Equal(
        ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"], Expressions.Names);

    [Theory]
    [InlineData("Happy", Expression.Happiness)]
    [InlineData(" sad ", Expression.Sadness)]
    [InlineData("ANGRY", Expression.Anger)]
    [InlineData("fearful", Expression.Fear)]
    [InlineData("disgusted", Expression.Disgust)]
    [InlineData("surprised", Expression.Surprise)]
    public void Variants_of_names_are_understood(string name, Expression expected)
    {
        Assert.True(Expressions.TryParse(name, out var expression));
        Assert.Equal(expected, expression);
    }

    [Fact]
    public void Anything_else_is_no_expression() => Assert.False(Expressions.TryParse("hapiness", out _));
}
