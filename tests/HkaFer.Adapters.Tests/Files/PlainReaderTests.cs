using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;
using static HkaFer.Adapters.Tests.AdapterKinds;

namespace HkaFer.Adapters.Tests;

/// <summary>The page on adapter files (docs/adapters.md) against the program: a reader with nothing but the page's formulas gives the same numbers.</summary>
public class PlainReaderTests
{
    [Theory]
    [InlineData("heka")]
    [InlineData("heka sum")]
    [InlineData("heka sb strided")]
    [InlineData("heka rb")]
    [InlineData("heka group 8 beta .5")]
    [InlineData("heka 9")]
    [InlineData("heka sizes")]
    [InlineData("hoka")]
    [InlineData("heka on value")]
    public void Reader_of_the_page_gives_every_layers_share(string kind)
    {
        using var scratch = new Scratch();
        Classifier model = Model();
        Adapter adapter = Trained(model, kind);
        AdapterFile.Save(scratch.Folder, model, adapter, "base");
        var plain = new PlainReader(scratch.Folder);
        Assert.Equal("HEKA", plain.Config.GetProperty("peft_type").GetString());
        Assert.Equal(adapter.Layers.Select(l => l.LayerPath).Order(), plain.Layers.Order());
        foreach (AdapterLayer layer in adapter.Layers)
        {
            double[] x = [.. Enumerable.Range(0, layer.In).Select(i => Math.Sin(i + layer.In))];
            Tensor token = Tensor.From<float>([.. x.Select(v => (float)v)], [1, layer.In]);
            Tensor outputs = Tensor.Zeros([1, layer.Base!.Out]);
            float[] share = layer.Add(token, outputs).Slice(1, layer.Start, layer.Out).ToFloats();
            Near.Relative(plain.Heka(layer.LayerPath, x, layer.Out), share, 1e-5, layer.LayerPath);
        }
    }

    [Theory]
    [InlineData("heka")]
    [InlineData("heka rb strided")]
    [InlineData("heka sum")]
    public void Python_of_the_page_gives_a_layers_share(string kind)
    {
        using var scratch = new Scratch();
        Classifier model = Model();
        Adapter adapter = Trained(model, kind);
        AdapterFile.Save(scratch.Folder, model, adapter, "base");
        string page = File.ReadAllText(Path.Combine(Fixtures.Root, "docs", "adapters.md"));
        int start = page.IndexOf("```python", StringComparison.Ordinal) + "```python".Length;
        string program = page[start..page.IndexOf("```", start, StringComparison.Ordinal)];
        Assert.InRange(program.Trim().Split('\n').Length, 1, 60);
        AdapterLayer layer = adapter.Layers.First();
        float[] x = [.. Enumerable.Range(0, layer.In).Select(i => MathF.Sin(i))];
        double[] share = JsonSerializer.Deserialize<double[]>(Python(scratch.Write("reader.py", program), scratch.Folder, layer.LayerPath, JsonSerializer.Serialize(x)))!;
        float[] expected = layer.Add(Tensor.From<float>(x, [1, layer.In]), Tensor.Zeros([1, layer.Out])).ToFloats();
        Near.Relative(expected, share, 1e-5, kind);
    }

    private static string Python(string program, string folder, string layer, string input)
    {
        try
        {
            using Process python = Process.Start(new ProcessStartInfo("python3", [program, folder, layer])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            Task<string> errors = python.StandardError.ReadToEndAsync();
            python.StandardInput.Write(input);
            python.StandardInput.Close();
            string output = python.StandardOutput.ReadToEnd();
            python.WaitForExit();
            Assert.True(python.ExitCode == 0, errors.Result);
            return output;
        }
        catch (Win32Exception)
        {
            Assert.Skip("no python3 here to run the page's reader");
            throw;
        }
    }

    [Fact]
    public void Reader_of_the_page_gives_the_head_s_logits()
    {
        using var scratch = new Scratch();
        Classifier model = Model();
        AdapterFile.Save(scratch.Folder, model, null, "base");
        Tensor tokens = model.Backbone.Encode(TinyModels.Pixels(1));
        double[] values = tokens.ToDoubles();
        double[] classToken = values[..32], mean = [.. Enumerable.Range(0, 32).Select(i => Enumerable.Range(1, 4).Average(t => values[(t * 32) + i]))];
        Near.Relative(new PlainReader(scratch.Folder).Head(classToken, mean), model.Head.Forward(model.Head.Pool(tokens)).ToFloats(), 1e-5, "logits");
    }
}
