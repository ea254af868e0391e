using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;
using HkaFer.Testing;

namespace HkaFer.Cli.Tests.Commands;

public sealed class EmbedCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Fact]
    public void Class_tokens_of_a_folder_are_rows_in_the_order_of_the_table()
    {
        string file = tiny.At("class.safetensors");
        JsonElement json = Embed([tiny.Backbone, tiny.Photos], file, "--batch", "2").Succeeds().Json;
        Assert.Equal((5, 32), (json.GetProperty("count").GetInt32(), json.GetProperty("width").GetInt32()));
        Tensor features = Read(file);
        Assert.Equal([5, 32], features.Shape.Sizes.ToArray());
        string[] rows = File.ReadAllLines(file + ".csv")[1..];
        Assert.Equal(5, rows.Length);
        Assert.All(rows.Index(), row =>
        {
            string[] cells = row.Item.Split(',');
            Assert.Equal($"{row.Index}", cells[0]);
            Near.Relative(Tokens(cells[1]).Slice(1, 0, 1).Contiguous().ToFloats(), features.Slice(0, row.Index, 1).Contiguous().ToFloats(), 1e-5, cells[1]);
        });
    }

    [Theory]
    [InlineData("patches", 1, 16)]
    [InlineData("all", 0, 17)]
    public void Tokens_are_rows_of_a_picture(string which, int from, int count)
    {
        string file = tiny.At(which + ".safetensors"), picture = tiny.At("photos/a.png");
        Embed([tiny.Backbone, picture], file, "--tokens", which).Succeeds();
        Tensor features = Read(file);
        Assert.Equal([1, count, 32], features.Shape.Sizes.ToArray());
        Near.Relative(Tokens(picture).Slice(1, from, count).Contiguous().ToFloats(), features.ToFloats(), 1e-5, which);
    }

    [Fact]
    public void Failure_of_all_pictures_leaves_earlier_features_as_they_are()
    {
        string file = tiny.At("kept.npy");
        Embed([tiny.Backbone, tiny.Photos], file).Succeeds();
        byte[] features = File.ReadAllBytes(file), table = File.ReadAllBytes(file + ".csv");
        Hka.Outcome outcome = Embed([tiny.Backbone, tiny.At("nosuch*")], file);
        Assert.Equal(1, outcome.Code);
        Assert.Contains("as it was", outcome.Error);
        Assert.Equal(features, File.ReadAllBytes(file));
        Assert.Equal(table, File.ReadAllBytes(file + ".csv"));
    }

    [Fact]
    public void Mean_is_that_of_the_patches()
    {
        string patches = tiny.At("p.safetensors"), mean = tiny.At("m.safetensors"), picture = tiny.At("photos/b.png");
        Embed([tiny.Backbone, picture], patches, "--tokens", "patches").Succeeds();
        Embed([tiny.Backbone, picture], mean, "--tokens", "mean").Succeeds();
        float[] all = Read(patches).ToFloats();
        Near.Relative([.. Enumerable.Range(0, 32).Select(i => all.Where((_, at) => at % 32 == i).Average())], Read(mean).ToFloats(), 1e-5, "mean");
    }

    [Fact]
    public void Numpy_array_has_the_same_numbers()
    {
        Embed([tiny.Backbone, tiny.Photos], tiny.At("f.safetensors")).Succeeds();
        Embed([tiny.Backbone, tiny.Photos], tiny.At("f.npy")).Succeeds();
        byte[] bytes = File.ReadAllBytes(tiny.At("f.npy"));
        int header = BitConverter.ToUInt16(bytes, 8);
        Assert.Equal([0x93, .. "NUMPY"u8, 1, 0], bytes[..8]);
        Assert.Equal(0, (10 + header) % 64);
        Assert.Equal("{'descr': '<f4', 'fortran_order': False, 'shape': (5, 32), }", Encoding.ASCII.GetString(bytes, 10, header).TrimEnd());
        Assert.Equal(Read(tiny.At("f.safetensors")).ToFloats(), MemoryMarshal.Cast<byte, float>(bytes.AsSpan(10 + header)).ToArray());
    }

    [Fact]
    public void Adapter_takes_part()
    {
        Embed([tiny.Backbone, tiny.Photos], tiny.At("bare.npy")).Succeeds();
        Embed([tiny.Adapter, tiny.Photos], tiny.At("fresh.npy")).Succeeds();

        // A fresh adapter changes nothing, so that the two are the same until it is trained; the preprocessing is the same too.
        Assert.Equal(File.ReadAllBytes(tiny.At("bare.npy")), File.ReadAllBytes(tiny.At("fresh.npy")));
        Hka.Run("train", tiny.Recipe, "--set", "method=lora", "--out", tiny.At("run"), "--quiet").Succeeds();
        Embed([tiny.At("run"), tiny.Photos], tiny.At("trained.npy")).Succeeds();
        Assert.NotEqual(File.ReadAllBytes(tiny.At("bare.npy")), File.ReadAllBytes(tiny.At("trained.npy")));
    }

    [Fact]
    public void Clip_and_its_own_preprocessing_are_used()
    {
        using var scratch = new Scratch();
        string config = scratch.Write("config.json", """
            {"model_type": "clip_vision_model", "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32, "patch_size": 8, "image_size": 32}
            """);
        Hka.Run("make", config, scratch["clip"]).Succeeds();
        Embed([scratch["clip"], tiny.Photos], scratch["f.safetensors"]).Succeeds();
        Assert.Equal([5, 16], Read(scratch["f.safetensors"]).Shape.Sizes.ToArray());
    }

    [Fact]
    public void Picture_that_cannot_be_read_is_named_and_has_no_row()
    {
        string file = tiny.At("some.safetensors"), broken = tiny.At("broken.png");
        Hka.Outcome outcome = Embed([tiny.Backbone, tiny.At("photos/a.png"), broken, tiny.At("photos/b.png")], file);
        Assert.Equal(1, outcome.Code);
        Assert.Contains(broken, outcome.Error);
        Assert.Equal((2, 1), (outcome.Json.GetProperty("count").GetInt32(), outcome.Json.GetProperty("failed").GetInt32()));
        string[] rows = File.ReadAllLines(file + ".csv");
        Assert.Equal(["row,path,problem", $"0,{tiny.At("photos/a.png")},"], rows[..2]);
        Assert.StartsWith($",{broken},", rows[2]);
        Assert.Equal($"1,{tiny.At("photos/b.png")},", rows[3]);
        Assert.Equal([2, 32], Read(file).Shape.Sizes.ToArray());
    }

    [Fact]
    public void File_of_another_kind_is_wrong_use()
    {
        Hka.Outcome outcome = Embed([tiny.Backbone, tiny.Photos], tiny.At("features.txt"));
        Assert.Equal(2, outcome.Code);
        Assert.Contains(".safetensors or .npy", outcome.Error);
    }

    private static Tensor Read(string file)
    {
        using SafeTensorsFile tensors = SafeTensorsFile.Open(file);
        return tensors.Read("features");
    }

    /// <summary>All tokens of a picture, by the library itself.</summary>
    private Tensor Tokens(string picture)
    {
        var pixels = new float[3 * 32 * 32];
        new Preprocessing { Size = 32 }.Write(Image.Decode(picture), pixels);
        using IDisposable paused = Tape.NoGrad();
        return VisionTransformer.Load(tiny.Backbone).Forward(Tensor.From(pixels, [1, 3, 32, 32]));
    }

    private static Hka.Outcome Embed(string[] inputs, string file, params string[] options) => Hka.Run(["embed", .. inputs, "--out", file, .. options, "--json"]);
}
