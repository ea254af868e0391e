using HkaFer.Testing;

namespace HkaFer.Tensors.Tests;

public class MappedFileTests
{
    [Fact]
    public void Tensor_reads_the_files_bytes_and_outlives_the_handle()
    {
        using var scratch = new Scratch();
        Tensor tensor = Map(scratch.Write("x", [0, 0, 0, 0, 0, 0, 128, 63, 0, 0, 0, 64])).Tensor(4, [2], DType.Float32);
        GC.Collect();
        Assert.Equal([1, 2], tensor.ToArray<float>());
        Assert.Equal([3, 5], Ops.Linear(Tensor.From<float>([1, 1, 1, 2], [2, 2]), tensor.Reshape(1, 2)).ToArray<float>());
    }

    [Fact]
    public void Write_does_not_reach_the_file()
    {
        using var scratch = new Scratch();
        string path = scratch.Write("x", [1, 2, 3, 4]);
        Tensor tensor = Map(path).Tensor(0, [4], DType.UInt8);
        tensor.CopyFrom<byte>([9, 9, 9, 9]);
        Assert.Equal([9, 9, 9, 9], tensor.ToArray<byte>());
        Assert.Equal([1, 2, 3, 4], File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData(8, 3)]
    [InlineData(2, 1)]
    [InlineData(-4, 1)]
    [InlineData(16, 1)]
    public void Range_outside_the_file_or_within_an_element_is_refused(long start, int count)
    {
        using var scratch = new Scratch();
        MappedFile file = Map(scratch.Write("x", new byte[16]));
        Assert.Contains("does not fit a file of 16 bytes", Assert.Throws<HkaFerException>(() => file.Tensor(start, [count], DType.Float32)).Message);
    }

    [Fact]
    public void Empty_file_is_refused_by_name()
    {
        using var scratch = new Scratch();
        string path = scratch.Write("x", Array.Empty<byte>());
        Assert.StartsWith(path, Assert.Throws<HkaFerException>(() => Map(path)).Message, StringComparison.Ordinal);
    }

    private static MappedFile Map(string path)
    {
        using var handle = File.OpenHandle(path);
        return MappedFile.Open(handle, path);
    }
}
