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

    [Fact]
    public void Resized_positions_follow_training_in_place()
    {
        VisionTransformer model = TinyModels.Vit();
        Tensor large = TinyModels.Pixels(1, 6, 8), native = TinyModels.Pixels(1);
        float[] before = model.Forward(large).ToFloats();
        Assert.Equal(before, model.Forward(large).ToFloats());

        // An optimizer writes into the memory of a trainable weight; the frozen model of before must not remember it.
        Parameter positions = model.Embeddings.Positions;
        positions.Trainable = true;
        model.Forward(native);
        positions.Value.CopyFrom(Tensor.Full(positions.Shape, 0.5));
        positions.Trainable = false;
        float[] after = model.Forward(large).ToFloats();
        Assert.NotEqual(before, after);
        positions.Value = Tensor.Full(positions.Shape, 0.5);
        Assert.Equal(after, model.Forward(large).ToFloats());
    }

    [Theory]
    [InlineData(4, 5, "multiple of the patch 2")]
    [InlineData(0, 4, "multiple of the patch 2")]
    public void Image_that_does_not_fit_the_patch_is_named(int height, int width, string expected) =>
        Assert.Contains(expected, Assert.Throws<HkaFerException>(() => TinyModels.Vit().Forward(TinyModels.Pixels(1, height, width))).Message);

    [Fact]
    public void Model_without_weights_says_which_and_what_to_do()
    {
        string message = Assert.Throws<HkaFerException>(() => new VisionTransformer(TinyModels.Config).Forward(TinyModels.Pixels())).Message;
        Assert.Contains("load a checkpoint or call Initialize", message);
    }

    [Fact]
    public void Activation_checkpointing_changes_no_bit_of_any_gradient()
    {
        Assert.Equal(Gradients(false), Gradients(true));

        static List<byte[]> Gradients(bool checkpointing)
        {
            var model = new Classifier(TinyModels.Vit(), ["a", "b"]);
            model.Initialize(1);
            model.SetTrainable(true);
            model.Backbone.ActivationCheckpointing = checkpointing;
            using IDisposable step = Tape.Step();
            Ops.CrossEntropy(model.Forward(TinyModels.Pixels()), [0, 1]).Backward();
            return [.. model.Parameters().Where(p => p.Parameter.Value.Grad is not null).Select(p => p.Parameter.Value.Grad!.ToBytes())];
        }
    }
}
