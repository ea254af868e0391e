namespace HkaFer.Tensors.Tests.Devices;

public class CpuImageTests
{
    public static TheoryData<string> Sets => TestDevices.Sets;

    [Theory, MemberData(nameof(Sets))]
    public void Unfold_and_fold_of_any_patch_match_the_reference(string set)
    {
        for (int patch = 1; patch <= 33; patch++)
        {
            foreach (bool add in new[] { false, true })
            {
                using var twin = new Twin(TestDevices.Of(set), patch);
                Shape image = [2, 3, 2 * patch, 3 * patch], patches = [2, 6, 3 * patch * patch];
                Pair x = twin.Random(image), y = twin.Result(patches), g = twin.Random(patches), gx = twin.Result(image, add);
                twin.Run((d, at) =>
                {
                    d.Unfold(at(x), patch, at(y));
                    d.Fold(at(g), patch, new Target(at(gx), add));
                });
                Twin.Near(y, 0, $"unfold {patch}");
                Twin.Near(gx, add ? 1e-7 : 0, $"fold {patch}");
            }
        }
    }

    [Fact]
    public void Bicubic_of_a_position_grid_matches_the_sum_over_all_taps()
    {
        // Written out as the definition has it, two-dimensional, against the two passes of the device.
        var random = new Random(2);
        double[] grid = [.. Enumerable.Range(0, 2 * 9 * 7).Select(_ => random.NextDouble())];
        foreach (bool antialias in new[] { false, true })
        {
            Tensor y = Tensor.Empty([2, 4, 11], DType.Float64, Device.Reference);
            Device.Reference.Bicubic(Tensor.From(grid, [2, 9, 7], Device.Reference), antialias, y);
            BicubicTaps rows = new(9, 4, antialias), columns = new(7, 11, antialias);
            double[] expected = new double[y.Count];
            for (int i = 0; i < expected.Length; i++)
            {
                foreach ((int row, double a) in rows[i / 11 % 4])
                {
                    foreach ((int column, double b) in columns[i % 11]) { expected[i] += a * b * grid[(i / 44 * 63) + (row * 7) + column]; }
                }
            }

            Testing.Near.Relative(expected, y.ToDoubles(), 1e-14, $"bicubic, antialias {antialias}");
        }
    }
}
