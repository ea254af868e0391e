using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

/// <summary>Exported models with weights that were trained, on pictures that were taken.</summary>
public sealed class OnnxTrainedTests
{
    private const string Missing = "ONNX Runtime for Node.js is not installed: npm and node are needed";

    public static bool IsHere => OnnxRuntime.IsHere;

    /// <summary>Adapters that the PEFT library wrote; without a file's trained biases there is nothing to compare.</summary>
    public static TheoryData<string> Cases
    {
        get
        {
            var rows = new TheoryData<string>();
            foreach (TheoryDataRow<string> row in Fixtures.Of("peft-lora", "peft-dora", "peft-lokr").Cast<TheoryDataRow<string>>())
            {
                rows.Add(row);
            }

            return rows;
        }
    }

    [Theory(SkipUnless = nameof(IsHere), Skip = Missing)]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Fixtures")]
    public void Adapter_of_the_library_gives_its_logits_from_the_file(string row)
    {
        FixtureCase dump = Fixtures.Open(row);
        var classifier = Classifier.Load(Path.Combine(dump.Folder, dump.Config.GetProperty("base").GetString()!));
        Adapter adapter = Loaded(dump, classifier);
        Tensor pixels = dump.Float("pixel_values");
        int size = pixels.Shape[2];
        using var scratch = new Scratch();
        OnnxExport.Write(new ExpressionModel(classifier, adapter, new Preprocessing { Size = size }, "base"), scratch["model.onnx"]);

        (float[] logits, _) = OnnxRuntime.Run(scratch["model.onnx"], pixels.ToFloats(), pixels.Shape[0], size);

        dump.Near("out.logits", Tensor.From<float>(logits, [pixels.Shape[0], classifier.Labels.Count]));
    }

    [Theory(SkipUnless = nameof(IsHere), Skip = Missing)]
    [InlineData(Router.Sum)]
    [InlineData(Router.DualBranch)]
    public void Backbone_in_the_box_gives_the_same_logits_on_real_pictures(Router router)
    {
        var classifier = new Classifier(Backbones.Load(Backbones.Faces), DatasetClasses());
        Adapter adapter = classifier.Adapt(new HeKA { Router = router, Sizes = [(8, 8), (8, 16), (16, 8), (16, 16)] });
        classifier.Head.Initialize(1);
        foreach ((string path, Parameter parameter) in adapter.Parameters())
        {
            parameter.Value = Init.Normal(0.05).Draw(parameter.Shape, 2, path);
        }

        var model = new ExpressionModel(classifier, adapter, new Preprocessing { Size = 48 }, Backbones.Faces);
        (float[] pixels, int count) = Photos(model.Preprocessing);
        using var scratch = new Scratch();
        OnnxExport.Write(model, scratch["model.onnx"]);

        (float[] logits, float[] probabilities) = OnnxRuntime.Run(scratch["model.onnx"], pixels, count, 48);

        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        Near.Relative(classifier.Forward(Tensor.From(pixels, [count, 3, 48, 48])).ToFloats(), logits, 1e-4, "logits");
        Near.Relative(model.Probabilities(pixels, count), probabilities, 1e-4, "probabilities");
    }

    [Fact(SkipUnless = nameof(IsHere), Skip = Missing)]
    public void Clip_with_its_texts_gives_the_same_logits_on_real_pictures()
    {
        using var scratch = new Scratch();
        ExpressionModel model = ExpressionModel.ZeroShot(TinyClip.Write(scratch), DatasetClasses());
        int size = model.Preprocessing.Size;
        (float[] pixels, int count) = Photos(model.Preprocessing);
        OnnxExport.Write(model, scratch["model.onnx"]);

        (float[] logits, float[] probabilities) = OnnxRuntime.Run(scratch["model.onnx"], pixels, count, size);

        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        Near.Relative(model.Classifier.Forward(Tensor.From(pixels, [count, 3, size, size])).ToFloats(), logits, 1e-4, "logits");
        Near.Relative(model.Probabilities(pixels, count), probabilities, 1e-4, "probabilities");
    }

    private static string[] DatasetClasses() => ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear"];

    private static Adapter Loaded(FixtureCase dump, Classifier classifier)
    {
        try
        {
            return AdapterFile.Open(Path.Combine(dump.Folder, dump.Config.GetProperty("adapter").GetString()!)).LoadInto(classifier)!;
        }
        catch (HkaFerException e) when (e.Message.Contains("base_layer.bias' is missing", StringComparison.Ordinal))
        {
            Assert.Skip("the library trained these biases and did not save them");
            throw;
        }
    }

    /// <summary>The shared photographs; without them the test is skipped by name.</summary>
    private static (float[] Pixels, int Count) Photos(Preprocessing preprocessing)
    {
        string folder = Fixtures.RequireData("photos");
        Image[] images = [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(path => Image.Decode(path))];
        int length = 3 * preprocessing.Size * preprocessing.Size;
        var pixels = new float[images.Length * length];
        foreach ((int i, Image image) in images.Index())
        {
            preprocessing.Write(image, pixels.AsSpan(i * length, length));
        }

        return (pixels, images.Length);
    }
}
