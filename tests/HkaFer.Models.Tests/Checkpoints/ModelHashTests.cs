using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Models.Tests;

public class ModelHashTests
{
    [Fact]
    public void Hash_does_not_depend_on_files_or_storage_type()
    {
        // Values that all types hold exactly.
        VisionTransformer model = TinyModels.Vit();
        foreach ((_, Parameter parameter) in model.Parameters())
        {
            parameter.Value = parameter.Value.To(DType.BFloat16).To(DType.Float16).To(DType.Float32);
        }

        string expected = ModelHash.Of(model);
        Assert.Matches("^[0-9a-f]{64}$", expected);
        using var scratch = new Scratch();
        TinyModels.Write(scratch, model, t => [("dinov2." + t.Name, t.Tensor)], shards: 3);
        Assert.Equal(expected, ModelHash.Of(VisionTransformer.Load(scratch.Folder)));
        foreach (DType dtype in (DType[])[DType.Float32, DType.Float16, DType.Float64])
        {
            model.Save(scratch.Folder, dtype);
            Assert.Equal(expected, ModelHash.Of(VisionTransformer.Load(scratch.Folder)));
        }
    }

    [Fact]
    public void Any_weight_changes_the_hash()
    {
        VisionTransformer model = TinyModels.Vit();
        var hashes = new HashSet<string> { ModelHash.Of(model) };
        foreach ((string path, Parameter parameter) in model.Parameters())
        {
            Tensor original = parameter.Value;
            float[] values = original.ToFloats();
            values[^1] = MathF.BitIncrement(values[^1]);
            parameter.Value = Tensor.From(values, parameter.Shape);
            Assert.True(hashes.Add(ModelHash.Of(model)), path);
            parameter.Value = original;
        }

        Assert.Contains(ModelHash.Of(model), hashes);
    }

    [Fact]
    public void Weights_that_changed_places_change_the_hash()
    {
        VisionTransformer model = TinyModels.Vit();
        string before = ModelHash.Of(model);
        Parameter a = model.Blocks[0].Attention.Proj.Weight, b = model.Blocks[1].Attention.Proj.Weight;
        (a.Value, b.Value) = (b.Value, a.Value);
        Assert.NotEqual(before, ModelHash.Of(model));
    }
}
