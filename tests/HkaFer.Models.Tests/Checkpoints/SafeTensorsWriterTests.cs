using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Models.Tests;

public class SafeTensorsWriterTests
{
    public static TheoryData<DType, int[]> Shapes()
    {
        var rows = new TheoryData<DType, int[]>();
        foreach (DType dtype in Enum.GetValues<DType>())
        {
            foreach (int[] shape in (int[][])[[], [1], [0], [5], [3, 0, 2], [2, 3, 4], [1, 1, 1, 1, 7]])
            {
                rows.Add(dtype, shape);
            }
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Round_trip_gives_the_same_bits(DType dtype, int[] shape)
    {
        using var scratch = new Scratch();
        Tensor tensor = Tensor.Empty(Shape.Create(shape), dtype);

        // Any bits must survive, those of NaNs included.
        var rng = new Rng(1);
        byte[] bytes = [.. Enumerable.Range(0, (int)tensor.Count * dtype.Size()).Select(_ => (byte)rng.Below(256))];
        tensor.CopyBytes(bytes, 0);
        SafeTensorsWriter.Save(scratch["x.safetensors"], [("t", tensor)]);
        using SafeTensorsFile file = SafeTensorsFile.Open(scratch["x.safetensors"]);
        Tensor read = file.Read("t");
        Assert.Equal((dtype, tensor.Shape), (read.DType, read.Shape));
        Assert.Equal(bytes, read.ToBytes());
    }

    [Fact]
    public void Names_metadata_and_views_survive()
    {
        using var scratch = new Scratch();
        Tensor matrix = Tensor.From([1f, 2, 3, 4, 5, 6], [2, 3]);
        var metadata = new Dictionary<string, string> { ["format"] = "pt", ["文"] = "\"quoted\"\n" };
        SafeTensorsWriter.Save(scratch["sub/x.safetensors"], [("ä \"b\"\\c", matrix.Transpose()), ("column", matrix.Slice(1, 1, 1))], metadata);
        using SafeTensorsFile file = SafeTensorsFile.Open(scratch["sub/x.safetensors"]);
        Assert.Equal([1f, 4, 2, 5, 3, 6], file.Read("ä \"b\"\\c").ToFloats());
        Assert.Equal([2f, 5], file.Read("column").ToFloats());
        Assert.Equal(metadata, file.Metadata);
    }

    [Fact]
    public void Every_tensor_starts_at_a_multiple_of_its_element()
    {
        using var scratch = new Scratch();
        (string, Tensor)[] tensors =
            [.. Enum.GetValues<DType>().Select(dtype => ($"odd {dtype}", Tensor.Zeros([3], dtype))).OrderBy(t => t.Item2.DType.Size())];
        SafeTensorsWriter.Save(scratch["x.safetensors"], tensors);
        using SafeTensorsFile file = SafeTensorsFile.Open(scratch["x.safetensors"]);
        Assert.Equal(tensors.Length, file.Tensors.Count);
        Assert.All(file.Tensors.Values, info => Assert.Equal(0, info.Start % info.DType.Size()));
    }

    [Theory]
    [InlineData("a", "a", "given twice")]
    [InlineData("__metadata__", "b", "reserved")]
    public void Name_that_cannot_be_read_back_is_refused(string first, string second, string expected)
    {
        using var scratch = new Scratch();
        Tensor tensor = Tensor.Zeros([1]);
        var error = Assert.Throws<HkaFerException>(() => SafeTensorsWriter.Save(scratch["x.safetensors"], [(first, tensor), (second, tensor)]));
        Assert.Contains(expected, error.Message);
        Assert.Empty(Directory.GetFiles(scratch.Folder));
    }

    [Fact]
    public void Writing_over_a_file_replaces_it_whole()
    {
        using var scratch = new Scratch();
        SafeTensorsWriter.Save(scratch["x.safetensors"], [("old", Tensor.Zeros([1000]))]);
        SafeTensorsWriter.Save(scratch["x.safetensors"], [("new", Tensor.Zeros([1]))]);
        using SafeTensorsFile file = SafeTensorsFile.Open(scratch["x.safetensors"]);
        Assert.Equal("new", Assert.Single(file.Tensors).Key);
        Assert.Single(Directory.GetFiles(scratch.Folder));
    }
}
