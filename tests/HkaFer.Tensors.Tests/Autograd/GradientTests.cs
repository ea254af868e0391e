using HkaFer.Testing;

namespace HkaFer.Tensors.Tests.Autograd;

/// <summary>Every operation's gradient against central differences in float64, on the device of plain loops.</summary>
public class GradientTests
{
    // Halfway, on a logarithmic scale, between the cut of the series (step^2) and rounding (1e-16 / step).
    private const double Step = 1e-5;

    public static TheoryData<string> Names => [.. GradientCase.Table.Select(row => row.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Gradient_equals_central_differences(string name)
    {
        GradientCase row = GradientCase.Table.Single(row => row.Name == name);
        Tensor[] inputs = Inputs(row);
        Tensor y = row.Run(inputs);
        double[] upstream = Numbers((int)y.Count, 99);
        y.Backward(Tensor.From(upstream, y.Shape, Device.Reference));

        Assert.All(inputs, x => Assert.NotNull(x.Grad));
        double[][] gradients = [.. inputs.Select(x => x.Grad!.ToDoubles())];
        double[][] differences = [.. inputs.Select((x, i) => Differences(row, inputs, i, upstream))];
        double largest = differences.Max(d => d.Max(Math.Abs));
        Assert.True(largest > 0);
        for (int i = 0; i < inputs.Length; i++) { Near.Relative(differences[i], gradients[i], 1e-6, $"{name}, input {i}", 0.01 * largest); }
    }

    [Fact]
    public void Table_names_every_operation()
    {
        var seen = new HashSet<Type>();
        foreach (GradientCase row in GradientCase.Table) { Visit(row.Run(Inputs(row)).Producer, seen); }
        IEnumerable<Type> all = typeof(Operation).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Operation)) && !t.IsAbstract);
        Assert.Equal(all.Select(t => t.Name).Order(), seen.Select(t => t.Name).Order());
    }

    [Theory, MemberData(nameof(Names))]
    public void Gradients_of_a_second_pass_add_up(string name)
    {
        // Every target of every kernel once with, once without accumulation.
        GradientCase row = GradientCase.Table.Single(row => row.Name == name);
        Tensor[] inputs = Inputs(row);
        double[][] once = Pass();
        double[][] twice = Pass();
        for (int i = 0; i < inputs.Length; i++)
        {
            Near.Relative([.. once[i].Select(g => 2 * g)], twice[i], 1e-14, $"{name}, input {i}", 1);
        }

        double[][] Pass()
        {
            Tensor y = row.Run(inputs);
            y.Backward(Tensor.From(Numbers((int)y.Count, 99), y.Shape, Device.Reference));
            return [.. inputs.Select(x => x.Grad!.ToDoubles())];
        }
    }

    private static Tensor[] Inputs(GradientCase row) => [.. row.Shapes.Select((shape, i) =>
    {
        Tensor x = Tensor.From(Numbers((int)shape.Count, i), shape, Device.Reference);
        x.RequiresGrad = true;
        return x;
    })];

    /// <summary>Fixed numbers in [-1.5, 1.5].</summary>
    private static double[] Numbers(int count, int seed)
    {
        var random = new Random(seed + 1);
        return [.. Enumerable.Range(0, count).Select(_ => (3 * random.NextDouble()) - 1.5)];
    }

    private static double[] Differences(GradientCase row, Tensor[] inputs, int input, double[] upstream)
    {
        using IDisposable paused = Tape.NoGrad();
        double[] values = inputs[input].ToDoubles(), differences = new double[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            differences[i] = (At(i, Step) - At(i, -Step)) / (2 * Step);
        }

        return differences;

        double At(int i, double move)
        {
            double[] moved = [.. values];
            moved[i] += move;
            Tensor[] all = [.. inputs];
            all[input] = Tensor.From(moved, inputs[input].Shape, Device.Reference);
            return row.Run(all).ToDoubles().Zip(upstream, (y, g) => y * g).Sum();
        }
    }

    private static void Visit(Operation? operation, HashSet<Type> seen)
    {
        if (operation is null) { return; }
        seen.Add(operation.GetType());
        foreach (Tensor? input in operation.Inputs) { Visit(input?.Producer, seen); }
    }
}
