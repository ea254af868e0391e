namespace HkaFer.Training.Tests;

public sealed class LineChartTests
{
    [Fact]
    public void Lone_points_are_said_and_not_drawn()
    {
        string chart = new LineChart { Title = "Accuracy", Percent = true, Lines = [new Series("heka", [(3, 0.5)], "s1"), new Series("lora", [(1, 0.25)], "s2")] }.Draw().ToString();
        Assert.DoesNotContain("<svg", chart);
        Assert.Contains("<th scope=\"row\">heka</th><td class=\"n\">50.0\u00a0%</td><td class=\"muted\">epoch 3</td>", chart);
    }

    [Fact]
    public void Lone_point_beside_a_line_has_its_value_in_its_name()
    {
        string chart = new LineChart { Title = "Accuracy", Percent = true, Lines = [new Series("train", [(1, 0.2), (2, 0.3)], "s2"), new Series("valid", [(2, 0.25)], "s1")] }.Draw().ToString();
        Assert.Contains(">valid 25.0\u00a0%</text>", chart);
        Assert.Contains(">train</text>", chart);
    }

    [Fact]
    public void Points_between_whole_numbers_lie_within_their_ticks()
    {
        string chart = new LineChart { Title = "By time", Across = "seconds", Lines = [new Series("heka", [(4.6, 1), (4.9, 2)], "s1")] }.Draw().ToString();
        Assert.Contains(">4.60</text>", chart);
        Assert.DoesNotContain("x=\"-", chart);
    }
}
