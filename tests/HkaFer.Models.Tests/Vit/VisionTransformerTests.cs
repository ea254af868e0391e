using System.Globalization;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Models.Tests;

public class VisionTransformerTests
{
    public static TheoryData<string> Cases() => Fixtures.Of("dinov2");

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Forward_gives_the_published_models_states(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        VisionTransformer model = VisionTransformer.Load(Path.Combine(dump.Folder, "checkpoint"), out IReadOnlyList<string> unused);
        Assert.Empty(unused);
        using IDisposable paused = Tape.NoGrad();
        for (int i = 0; dump.Has($"{i}.pixel_values"); i++)
        {
            var hidden = new List<Tensor>();
            Tensor last = model.Forward(dump.Float($"{i}.pixel_values"), hidden);
            Assert.Equal(model.Config.Depth + 1, hidden.Count);
            string prefix = $"{i}.out.";
            string[] expected = [.. dump.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))];
            Assert.NotEmpty(expected);
            foreach (string name in expected)
            {
                dump.Near(name, name[prefix.Length..].Split('.') switch
                {
                    ["hidden", string k] => hidden[int.Parse(k, CultureInfo.InvariantCulture)],
                    ["last_hidden_state"] => last,
                    ["class_token"] => last.Select(1, 0),
                    _ => throw new InvalidOperationException($"{dump.Folder}: no test knows {name}"),
                });
            }

            // Without the hidden states the blocks give their memory back as they go.
            Assert.Equal(last.ToFloats(), model.Forward(dump.Float($"{i}.pixel_values")).ToFloats());
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Backward_gives_the_published_models_gradients(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        VisionTransformer model = VisionTransformer.Load(Path.Combine(dump.Folder, "checkpoint"));
        model.SetTrainable(true);
        int[] inputs = [.. Enumerable.Range(0, dump.Config.GetProperty("inputs").GetArrayLength()).Where(i => dump.Has($"{i}.upstream"))];
        Assert.SkipWhen(inputs.Length == 0, "the case pins no gradients");
        foreach (int i in inputs)
        {
            Tensor pixels = dump.Float($"{i}.pixel_values");
            pixels.RequiresGrad = true;
            using (Tape.Step())
            {
                model.Forward(pixels).Backward(dump.Float($"{i}.upstream"));
            }

            Dictionary<string, Tensor> gradients = Dumps.Gradients(model);
            gradients.Add("pixel_values", pixels.Grad!);
            dump.NearGradients($"{i}.grad.", gradients);
            foreach ((_, Parameter parameter) in model.Parameters())
            {
                parameter.Value.ZeroGrad();
            }
        }
    }
}
