using System.Buffers.Binary;
using System.Text.Json;

namespace HkaFer.Adapters.Tests;

/// <summary>
/// Reads an adapter's two files as docs/adapters.md describes them, with plain loops and nothing of the program: what the page says is enough, and
/// what is written is what it says.
/// </summary>
internal sealed class PlainReader
{
    private const string Root = "base_model.model.dinov2.";
    private readonly Dictionary<string, (int[] Shape, double[] Values)> _tensors = [];

    public PlainReader(string folder)
    {
        Config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "adapter_config.json"))).RootElement;
        byte[] file = File.ReadAllBytes(Path.Combine(folder, "adapter_model.safetensors"));
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        foreach (JsonProperty entry in JsonDocument.Parse(file.AsMemory(8, header)).RootElement.EnumerateObject().Where(e => e.Name != "__metadata__"))
        {
            Assert.Equal("F32", entry.Value.GetProperty("dtype").GetString());
            int[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(v => v.GetInt32())];
            int start = 8 + header + entry.Value.GetProperty("data_offsets")[0].GetInt32();
            double[] values = [.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(i => (double)BinaryPrimitives.ReadSingleLittleEndian(file.AsSpan(start + (4 * i))))];
            _tensors.Add(entry.Name, (shape, values));
        }
    }

    public JsonElement Config { get; }

    /// <summary>Paths of the layers that have an adapter.</summary>
    public IEnumerable<string> Layers => _tensors.Keys.Where(k => k.Contains(".heka.", StringComparison.Ordinal))
        .Select(k => k[Root.Length..k.IndexOf(".heka.", StringComparison.Ordinal)]).Distinct();

    /// <summary>What HeKA adds to one token's output of a layer.</summary>
    public double[] Heka(string path, double[] x, int outputs)
    {
        int n = Config.GetProperty("adapters").GetInt32();
        string router = Config.GetProperty("router").GetString()!;
        double[][] f = [.. Enumerable.Range(0, n).Select(i => Kronecker(At(path, $"C.{i}"), At(path, $"D.{i}"), x))];
        double[] p = [.. Enumerable.Repeat(1.0, n)];
        if (router != "sum")
        {
            double[] s = Times(At(path, "router.w1s"), Pool(x)), spatial = [], relation = [];
            if (router is "sb" or "dbir")
            {
                p = spatial = Softmax(Times(At(path, "router.w2s"), [.. s.Select(Sigmoid)]));
            }

            if (router is "rb" or "dbir")
            {
                double[] rows = At(path, "router.w2r").Values;
                p = relation = Softmax([.. f.Select((own, i) => Times(At(path, "router.w1r"), Pool(own))
                    .Select((r, j) => rows[(i * 2 * n) + j] * Sigmoid(r * s[j])).Sum())]);
            }

            if (router == "dbir")
            {
                double lambda = At(path, "router.lambda").Values[0];
                p = [.. spatial.Zip(relation, (a, b) => (lambda * a) + ((1 - lambda) * b))];
            }
        }

        double beta = Config.GetProperty("beta").GetDouble();
        return [.. Enumerable.Range(0, outputs).Select(o => beta * f.Select((own, i) => p[i] * own[o]).Sum())];
    }

    /// <summary>Class token and mean of the patches to logits.</summary>
    public double[] Head(double[] classToken, double[] patchMean)
    {
        double[] bias = _tensors["base_model.model.classifier.bias"].Values;
        return [.. Times(_tensors["base_model.model.classifier.weight"], [.. classToken, .. patchMean]).Zip(bias, (a, b) => a + b)];
    }

    private (int[] Shape, double[] Values) At(string path, string name) => _tensors[$"{Root}{path}.heka.{name}"];

    /// <summary>F = C X D^T with X the token as a matrix [l, l'], row by row; F [q, q'] row by row is the result.</summary>
    private static double[] Kronecker((int[] Shape, double[] Values) c, (int[] Shape, double[] Values) d, double[] x)
    {
        int q = c.Shape[0], l = c.Shape[1], q2 = d.Shape[0], l2 = d.Shape[1];
        var f = new double[q * q2];
        for (int a = 0; a < q; a++)
        {
            for (int b = 0; b < q2; b++)
            {
                for (int i = 0; i < l; i++)
                {
                    for (int j = 0; j < l2; j++)
                    {
                        f[(a * q2) + b] += c.Values[(a * l) + i] * x[(i * l2) + j] * d.Values[(b * l2) + j];
                    }
                }
            }
        }

        return f;
    }

    private double[] Pool(double[] x)
    {
        int group = Config.GetProperty("group").GetInt32(), count = x.Length / group;
        bool strided = Config.GetProperty("pooling").GetString() == "strided";
        return [.. Enumerable.Range(0, count).Select(r => Enumerable.Range(0, group).Average(g => x[strided ? r + (g * count) : (r * group) + g]))];
    }

    private static double[] Times((int[] Shape, double[] Values) m, double[] x) =>
        [.. Enumerable.Range(0, m.Shape[0]).Select(r => x.Select((v, c) => m.Values[(r * m.Shape[1]) + c] * v).Sum())];

    private static double Sigmoid(double v) => 1 / (1 + Math.Exp(-v));

    private static double[] Softmax(double[] z)
    {
        double[] e = [.. z.Select(v => Math.Exp(v - z.Max()))];
        return [.. e.Select(v => v / e.Sum())];
    }
}
