using System.Reflection;
using HkaFer.Tensors;

namespace HkaFer.Bench;

/// <summary>
/// The programs that ours is compared with, where this machine has them: eager PyTorch (<c>python3-torch</c>; another interpreter by <c>HKAFER_PYTHON</c>)
/// and ONNX Runtime for Node.js (<c>artifacts/onnxruntime</c>, where the test script puts it; another place by <c>HKAFER_ONNXRUNTIME</c>).
/// </summary>
internal sealed class Peers : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hkafer-bench-").FullName;
    private readonly string _torchScript, _onnxScript;
    private readonly string? _python, _modules;

    public Peers(CancellationToken cancel)
    {
        _torchScript = Unpack("torch_vit.py");
        _onnxScript = Unpack("onnx_forward.js");
        string[] pythons = Environment.GetEnvironmentVariable("HKAFER_PYTHON") is { Length: > 0 } named ? [named] : ["python3", "/usr/bin/python3"];
        _python = Array.Find(pythons, python => ChildRun.Start(python, ["-c", "import torch; print(1)"], 1, cancel).Json is not null);
        string[] places = Environment.GetEnvironmentVariable("HKAFER_ONNXRUNTIME") is { Length: > 0 } place
            ? [place] : [Path.Combine(AppContext.BaseDirectory, "..", "onnxruntime", "node_modules")];
        _modules = Array.Find(places, path => Directory.Exists(Path.Combine(path, "onnxruntime-node")));
    }

    /// <summary>Eager PyTorch in a case.</summary>
    public Side Torch(CompareCase c, int steps, int threads, CancellationToken cancel) => _python is null
        ? Side.Missing("no PyTorch: apt-get install python3-torch")
        : Side.Of(ChildRun.Start(
            _python, [_torchScript, "step", c.Peer, c.Method, c.DType.Name(), $"{CompareCase.Batch}", $"{steps}", $"{threads}"], threads, cancel));

    /// <summary>ONNX Runtime on the graph that PyTorch exports of the same model.</summary>
    public Side Onnx(CompareCase c, int steps, int threads, CancellationToken cancel)
    {
        if (c.DType != DType.Float32)
        {
            return Side.Missing("ONNX Runtime has no bfloat16 on the processor");
        }

        if (_python is null || _modules is null)
        {
            return Side.Missing(_modules is null
                ? "no ONNX Runtime: npm install --ignore-scripts --prefix artifacts/onnxruntime onnxruntime-node"
                : "the graph is exported by PyTorch: apt-get install python3-torch");
        }

        string model = Path.Combine(_folder, "model.onnx");
        if (ChildRun.Start(_python, [_torchScript, "export", c.Peer, c.Method, $"{CompareCase.Batch}", model], threads, cancel) is (_, { } why))
        {
            return Side.Missing($"export: {why}");
        }

        string[] arguments = [_onnxScript, Path.GetFullPath(_modules), model, $"{CompareCase.Batch}", $"{CompareCase.Size}", $"{steps}", $"{threads}"];
        Side side = Side.Of(ChildRun.Start("node", arguments, threads, cancel, _folder));
        foreach (string file in Directory.EnumerateFiles(_folder).Where(file => file != _torchScript && file != _onnxScript))
        {
            File.Delete(file);
        }

        return side with { Why = side.Why ?? "ONNX Runtime for Node.js does not train" };
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Unpack(string name)
    {
        string path = Path.Combine(_folder, name);
        using Stream script = Assembly.GetExecutingAssembly().GetManifestResourceStream($"HkaFer.Bench.Peers.{name}")!;
        using FileStream file = File.Create(path);
        script.CopyTo(file);
        return path;
    }
}
