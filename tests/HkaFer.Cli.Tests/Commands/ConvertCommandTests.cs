using System.Text.Json;
using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Training;

namespace HkaFer.Cli.Tests.Commands;

public sealed class ConvertCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Fact]
    public void Adapter_is_written_again_and_predicts_the_same()
    {
        JsonElement json = Convert(tiny.Adapter, tiny.At("again")).Succeeds().Json;
        Assert.Equal(tiny.At("again"), json.GetProperty("written").GetString());
        Assert.Equal(0, json.GetProperty("max_difference").GetDouble());
        Assert.Equal(Predictions(tiny.Adapter), Predictions(tiny.At("again")));
    }

    [Fact]
    public void Ending_of_no_form_is_wrong_usage_that_names_the_forms()
    {
        Hka.Outcome outcome = Convert(tiny.Adapter, tiny.At("x.foo"));
        Assert.Equal(2, outcome.Code);
        Assert.Contains("ends in .foo, of which there is no form; known are peft, merged and checkpoint, which are folders, and onnx", outcome.Error);
        Assert.False(Path.Exists(tiny.At("x.foo")));
        Convert(tiny.Adapter, tiny.At("x.foo"), "--format", "peft").Succeeds();
        Convert(tiny.Adapter, tiny.At("model.v2")).Succeeds();
    }

    [Fact]
    public void Tensors_without_a_place_are_told_and_listed()
    {
        string folder = tiny.At("with more");
        Directory.CreateDirectory(folder);
        File.Copy(Path.Combine(tiny.Backbone, "config.json"), Path.Combine(folder, "config.json"));
        using (SafeTensorsFile file = SafeTensorsFile.Open(Path.Combine(tiny.Backbone, "model.safetensors")))
        {
            SafeTensorsWriter.Save(Path.Combine(folder, "model.safetensors"), [.. file.Tensors.Keys.Select(name => (name, file.Read(name))), ("pooler.weight", Tensor.Zeros([2])), ("embeddings.position_ids", Tensor.Zeros([2]))]);
        }

        string[] expected = ["embeddings.position_ids", "pooler.weight"];
        Hka.Outcome converted = Convert(folder, tiny.At("without more")).Succeeds(), embedded = Hka.Run("embed", folder, tiny.Photos, "--out", tiny.At("more.npy"), "--json").Succeeds();
        foreach (JsonElement json in (JsonElement[])[converted.Json, embedded.Json, Hka.Run("inspect", folder, "--json").Succeeds().Json])
        {
            Assert.Equal(expected, json.GetProperty("unused_tensors").EnumerateArray().Select(t => t.GetString()));
        }

        const string warning = "warning: 1 tensor of the checkpoint left out, for the model has no place for it: pooler.weight";
        Assert.Contains(warning, converted.Error);
        Assert.Contains(warning, embedded.Error);
        Assert.Contains(warning, Hka.Run("predict", tiny.Adapter, tiny.Photos, "--backbone", folder).Succeeds().Error);
        Assert.DoesNotContain("warning", Hka.Run("predict", tiny.Adapter, tiny.Photos).Succeeds().Error);
    }

    [Fact]
    public void Published_classifier_keeps_its_head_and_class_names()
    {
        var model = new Classifier(
            new VisionTransformer(new VitConfig { Width = 32, Depth = 1, Heads = 2, Patch = 8, ImageSize = 32 }), ["calm", "glad"], HeadPooling.ClassTokenAndPatchMean);
        model.Initialize(1);
        model.Save(tiny.At("classifier of the hub"));
        Assert.InRange(Convert(tiny.At("classifier of the hub"), tiny.At("classifier in half"), "--dtype", "bfloat16").Succeeds().Json.GetProperty("max_difference").GetDouble(), 1e-9, 0.1);
        Classifier half = Classifier.Load(tiny.At("classifier in half"));
        Assert.Equal(["calm", "glad"], half.Labels);
        Assert.Equal(model.Head.Weight.Value.To(DType.BFloat16).ToFloats(), half.Head.Weight.Value.ToFloats());
    }

    [Fact]
    public void Backbone_in_the_models_own_folder_goes_with_it()
    {
        string own = tiny.At("own"), kept = tiny.At("kept");
        Convert(Saved("for own", new LoRA { Rank = 4 }), own, "--format", "merged").Succeeds();
        string before = Predictions(own);
        Assert.Equal(0, Convert(own, kept).Succeeds().Json.GetProperty("max_difference").GetDouble());
        Directory.Delete(own, recursive: true);
        Assert.Equal(before, Predictions(kept));
    }

    [Theory]
    [InlineData("4", "attention.attention.query", "attention.output.dense")]
    [InlineData("5", "attention.q_proj", "attention.o_proj")]
    public void Either_generation_of_names_is_written_and_read(string names, string query, string dense)
    {
        string source = Saved("names " + names, new LoRA { Rank = 4 }), written = tiny.At("written " + names);
        Assert.Equal(0, Convert(source, written, "--names", names).Succeeds().Json.GetProperty("max_difference").GetDouble());
        using SafeTensorsFile file = SafeTensorsFile.Open(Path.Combine(written, "adapter_model.safetensors"));
        Assert.Contains($"base_model.model.dinov2.encoder.layer.0.{query}.lora_A.weight", file.Tensors.Keys);
        Assert.Contains($"base_model.model.dinov2.encoder.layer.0.{dense}.lora_B.weight", file.Tensors.Keys);
        Assert.Equal(Predictions(source), Predictions(written));
    }

    [Theory]
    [InlineData("float32", 1e-5)]
    [InlineData("bfloat16", 0.5)]
    public void Mergeable_adapter_becomes_part_of_a_classifier_of_the_hub(string dtype, double tolerance)
    {
        string source = Saved("to merge " + dtype, new LoRA { Rank = 4 }), merged = tiny.At("merged " + dtype);
        JsonElement json = Convert(source, merged, "--format", "merged", "--dtype", dtype).Succeeds().Json;

        // LoRA's values are large here, so that a merge that did nothing would show.
        Assert.InRange(json.GetProperty("max_difference").GetDouble(), 0, tolerance);
        JsonElement inside = Hka.Run("inspect", merged, "--json").Succeeds().Json;
        Assert.Equal("checkpoint", inside.GetProperty("kind").GetString());
        Assert.Equal(7, Classifier.Load(merged).Labels.Count);
        Assert.Equal([dtype], SafeTensorsFile.Open(Path.Combine(merged, "model.safetensors")).Tensors.Values
            .Select(t => t.DType.ToString().ToLowerInvariant()).Distinct());
        Assert.NotEmpty(Predictions(merged));
    }

    [Fact]
    public void Router_that_depends_on_the_picture_cannot_be_merged_and_nothing_is_left()
    {
        Hka.Outcome outcome = Convert(tiny.Adapter, tiny.At("never"), "--format", "merged");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("router", outcome.Error);
        Assert.Empty(outcome.Out);
        Assert.Empty(Directory.EnumerateFileSystemEntries(tiny.Root, "never*"));
    }

    [Fact]
    public void Onnx_file_is_written_once()
    {
        string file = tiny.At("model.onnx");
        JsonElement json = Convert(tiny.Adapter, file).Succeeds().Json;
        Assert.Equal("onnx", json.GetProperty("format").GetString());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("max_difference").ValueKind);
        Assert.True(new FileInfo(file).Length > 10_000);
        Hka.Outcome again = Convert(tiny.Adapter, file);
        Assert.Equal(1, again.Code);
        Assert.Contains("exists", again.Error);
        Assert.Equal(2, Convert(tiny.Adapter, tiny.At("other.onnx"), "--dtype", "bfloat16").Code);
    }

    [Fact]
    public void Backbone_takes_another_element_type()
    {
        JsonElement json = Convert(tiny.Backbone, tiny.At("half"), "--dtype", "bfloat16").Succeeds().Json;
        Assert.InRange(json.GetProperty("max_difference").GetDouble(), 1e-6, 0.5);
        Assert.Equal(VisionTransformer.Load(tiny.Backbone).ParameterCount, VisionTransformer.Load(tiny.At("half")).ParameterCount);
        Assert.True(new FileInfo(Path.Combine(tiny.At("half"), "model.safetensors")).Length
            < new FileInfo(Path.Combine(tiny.Backbone, "model.safetensors")).Length * 0.7);
    }

    [Fact]
    public void Folder_that_holds_something_is_refused_and_an_empty_one_is_filled()
    {
        Hka.Outcome outcome = Convert(tiny.Adapter, tiny.Photos);
        Assert.Equal(1, outcome.Code);
        Assert.Contains("name another", outcome.Error);
        Directory.CreateDirectory(tiny.At("empty"));
        Convert(tiny.Adapter, tiny.At("empty") + Path.DirectorySeparatorChar).Succeeds();
        Assert.True(ExpressionModel.IsModel(tiny.At("empty")));
    }

    [Theory]
    [InlineData(2, "peft, merged, checkpoint", "adapter", "--format", "gguf")]
    [InlineData(2, "did you mean 'merged'?", "adapter", "--format", "mergd")]
    [InlineData(2, "--dtype belongs to", "adapter", "--dtype", "float32")]
    [InlineData(2, "--names belongs to", "adapter", "--format", "merged", "--names", "5")]
    [InlineData(2, "--backbone belongs to", "backbone", "--backbone", "x")]
    [InlineData(1, "--format peft takes", "backbone", "--format", "peft")]
    [InlineData(1, "takes a backbone", "adapter", "--format", "checkpoint")]
    [InlineData(1, "no folder with a config.json", "missing")]
    public void What_does_not_go_together_is_said(int code, string expected, string input, params string[] options)
    {
        Hka.Outcome outcome = Convert([tiny.At(input), tiny.At("unused"), .. options]);
        Assert.Equal(code, outcome.Code);
        Assert.Contains(expected, outcome.Error);
        Assert.False(Path.Exists(tiny.At("unused")));
    }

    private string Saved(string name, AdapterConfig config)
    {
        var classifier = new Classifier(VisionTransformer.Load(tiny.Backbone), [.. Expressions.Names.Take(7)]);
        Adapter adapter = classifier.Adapt(config);
        adapter.Initialize(2);
        classifier.Initialize(3);
        foreach ((_, Parameter parameter) in adapter.Parameters())
        {
            parameter.Value = Tensor.Full(parameter.Shape, 0.2);
        }

        new ExpressionModel(classifier, adapter, new Preprocessing { Size = 32 }, Path.Combine("..", "backbone")).Save(tiny.At(name));
        return tiny.At(name);
    }

    private string Predictions(string model) => Hka.Run("predict", model, Path.Combine(tiny.Photos, "a.png"), "--json").Succeeds().Out;

    private static Hka.Outcome Convert(params string[] args) => Hka.Run(["convert", .. args, "--json"]);
}
