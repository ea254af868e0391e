using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Training.Tests.Fuzzing;

/// <summary>Damaged ONNX files, as <c>hkafer inspect</c> meets them.</summary>
[Trait("Category", Fuzz.Category)]
public sealed class OnnxFuzzTests : IDisposable
{
    private readonly Scratch _scratch = Fuzz.Scratch();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Damaged_onnx_file_gives_a_description_or_a_named_error()
    {
        // Two bytes of a file can say that there is another weight, which takes some hundred of memory.
        Fuzz.Run(1 << 20, [Small()], Mutator.Bytes, bytes =>
        {
            OnnxFile file = OnnxFile.Open(_scratch.Write("model.onnx", bytes));
            Assert.All(file.Weights, weight => Assert.InRange(weight.Bytes, 0, bytes.Length));
        });
        _scratch.AllClosed();
    }

    private byte[] Small()
    {
        var graph = new OnnxGraph();
        string y = graph.Node("MatMul", ["x", graph.Weight("w", Tensor.From<float>([1, 2, 3, 4], [2, 2]))]);
        graph.Output("y", graph.Node("Softmax", [graph.Reshape(y, 0, 2)], ("axis", -1L)));
        graph.Save(_scratch["small.onnx"], [("x", ["batch", 2])], [("y", ["batch", 2])], new Dictionary<string, string> { ["labels"] = "[\"a\",\"b\"]" });
        return File.ReadAllBytes(_scratch["small.onnx"]);
    }
}
