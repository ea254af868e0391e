namespace HkaFer.Training.Tests;

public sealed class AxisTests
{
    [Theory]
    [InlineData(0, 1, "0.0 0.2 0.4 0.6 0.8 1.0")]
    [InlineData(0.13, 0.31, "0.10 0.15 0.20 0.25 0.30 0.35")]
    [InlineData(3, 3, "2.7 2.8 2.9 3.0 3.1 3.2 3.3")]
    [InlineData(0, 0, "-1.0 -0.5 0.0 0.5 1.0")]
    [InlineData(-2, 1234, "-200 0 200 400 600 800 1000 1200 1400")]
    public void Ticks_are_round_and_hold_the_values(double low, double high, string ticks)
    {
        Axis axis = Axis.Over([low, high]);
        Assert.Equal(ticks, string.Join(' ', axis.Ticks.Select(axis.Text)));
        Assert.True(axis.Low <= low && axis.High >= high);
    }

    private static readonly Axis s_percent = Axis.Over([0, 1], percent: true, ticks: 2);

    [Fact]
    public void Percent_ticks_say_so() =>
        Assert.Equal("0 % 50 % 100 %", string.Join(' ', s_percent.Ticks.Select(s_percent.Text)));

    [Theory]
    [InlineData(1, 1, "1")]
    [InlineData(1, 6, "1 2 3 4 5 6")]
    [InlineData(0, 11, "0 2 4 6 8 10")]
    [InlineData(1, 100, "1 20 40 60 80 100")]
    [InlineData(35, 80, "35 50 60 70 80")]
    [InlineData(157, 170, "157 160 162 164 166 168 170")]
    public void Whole_ticks_are_epochs_and_leave_room_for_their_texts(int first, int last, string ticks) => Assert.Equal(ticks, string.Join(' ', Axis.Whole(first, last)));
}
