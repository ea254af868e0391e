using System.Text.Json;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public class ClassActivationTests
{
    public static TheoryData<string> Cases() => Fixtures.Of("gradcam");

    [Theory]
    [Trait("Category", "Fixtures")]
    [MemberData(nameof(Cases))]
    public void Weights_maps_and_enlarged_maps_are_those_of_the_reference(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        double tolerance = dump.Tolerance("out", 1e-6);
        int index = 0;
        foreach (JsonElement grid in dump.Config.GetProperty("grids").EnumerateArray())
        {
            (int rows, int columns) = (grid[0].GetInt32(), grid[1].GetInt32());
            FixtureTensor activations = dump.Tensor($"{index}.activations"), gradients = dump.Tensor($"{index}.gradients");
            foreach ((CamMethod method, string name) in ((CamMethod, string)[])[(CamMethod.GradCam, "gradcam"), (CamMethod.GradCamPlusPlus, "gradcampp")])
            {
                string what = $"{index}.out.{name}";
                double[] weights = ClassActivation.Weights(method, activations.Floats(), gradients.Floats(), activations.Shape[1]);
                HeatMap map = ClassActivation.Map(method, activations.Floats(), gradients.Floats(), rows, columns);
                FixtureTensor scaled = dump.Tensor($"{what}.scaled");
                Near.Relative(dump.Tensor($"{what}.weights").Doubles(), weights, tolerance, $"{what}.weights");
                Near.Relative(dump.Tensor($"{what}.map").Doubles(), map.Values, tolerance, $"{what}.map");
                Near.Relative(scaled.Doubles(), map.Scaled().Resized(scaled.Shape[0], scaled.Shape[1]).Values, tolerance, $"{what}.scaled");
            }

            index++;
        }

        Assert.True(index > 0);
    }

    [Fact]
    public void Channel_without_gradient_weighs_nothing_and_level_map_is_cold()
    {
        // Two channels, four tokens; the second channel has no gradient, and every token the same activation.
        float[] activations = [1, 5, 1, 5, 1, 5, 1, 5], gradients = [0.5f, 0, 0.5f, 0, 0.5f, 0, 0.5f, 0];
        Assert.Equal([0.5, 0], ClassActivation.Weights(CamMethod.GradCam, activations, gradients, 2));

        // g^3 / (2 g^2 + 4 g^3 + 1e-6), four times.
        Near.Relative([4 * 0.125 / (0.5 + 0.5 + 1e-6), 0.0], ClassActivation.Weights(CamMethod.GradCamPlusPlus, activations, gradients, 2), 1e-12, "weights");
        HeatMap map = ClassActivation.Map(CamMethod.GradCam, activations, gradients, 2, 2);
        Assert.Equal([0.5f, 0.5f, 0.5f, 0.5f], map.Values);
        Assert.All(map.Scaled().Values, value => Assert.Equal(0, value));
    }

    [Fact]
    public void Class_that_everything_speaks_against_has_a_cold_map() =>
        Assert.All(ClassActivation.Map(CamMethod.GradCam, [1, 2, 3, 4], [-1, -1, -1, -1], 2, 2).Values, value => Assert.Equal(0, value));

    [Fact]
    public void Enlarged_map_runs_between_the_centres_of_cells_and_is_level_beyond() =>
        Near.Relative(new[] { 0, 0.25f, 0.75f, 1 }, new HeatMap(1, 2, [0, 1]).Resized(1, 4).Values, 1e-6, "line");

    [Fact]
    public void Values_that_do_not_fit_the_grid_are_refused() =>
        Assert.Contains("expected 2 x 2", Assert.Throws<HkaFerException>(() => new HeatMap(2, 2, [1, 2, 3])).Message);
}
