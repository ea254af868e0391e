using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Adapters.Tests;

/// <summary>The paper's table of trainable parameters (ViT-L/14, width 1024, 24 blocks), counted on models that hold no weights.</summary>
public class ParameterCountTests
{
    private static readonly string[] s_labels = ["surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral"];

    public static TheoryData<string, long> Table() => new()
    {
        { "lora 32", 12_582_912 },
        { "hoka dbir", 1_775_712 },
        { "heka sum", 1_548_288 },
        { "heka sb", 1_637_376 },
        { "heka rb", 1_747_968 },
        { "heka dbir", 1_751_136 },
        { "heka 1", 393_216 },
        { "heka 2", 788_064 },
        { "heka 9", 5_290_464 },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Adapter_of_the_table_has_the_stated_count(string method, long expected)
    {
        Adapter adapter = Adapter.Attach(Large(), Of(method));
        Assert.Equal(expected, adapter.ParameterCount);
        Assert.Equal(expected, adapter.Parameters().Where(p => p.Parameter.Trainable).Sum(p => p.Parameter.Shape.Count));
        Assert.Equal(96, adapter.Layers.Count());
    }

    [Theory]
    [InlineData("qwen2-vl-2b", 16, 18_464_768)]
    [InlineData("qwen2-vl-2b", 8, 9_232_384)]
    [InlineData("qwen2.5-vl-3b", 16, 29_933_568)]
    [InlineData("qwen2.5-vl-7b", 16, 40_370_176)]
    public void Lora_on_all_layers_of_a_language_model_has_the_published_count(string name, int rank, long expected)
    {
        Adapter adapter = Adapter.Attach(new QwenVl(QwenVlConfig.Named(name)!), new LoRA { Rank = rank });
        Assert.Equal(expected, adapter.ParameterCount);
        Assert.All(adapter.Layers, layer => Assert.StartsWith("model.layers.", layer.LayerPath, StringComparison.Ordinal));
    }

    [Fact]
    public void Dora_has_a_magnitude_an_output_more_than_lora()
    {
        Adapter adapter = Adapter.Attach(Large(), new DoRA());
        Assert.Equal(12_582_912 + (24 * (3072 + 1024 + 4096 + 1024)), adapter.ParameterCount);
        Assert.Equal(96, adapter.Layers.Count());
    }

    [Fact]
    public void Lokr_has_the_librarys_sizes_and_query_key_and_value_apart()
    {
        // 1024 = 32 * 32, 4096 = 64 * 64, rank 8: W1 whole, W2 a product.
        const int square = (32 * 32) + (2 * 32 * 8), wide = (64 * 32) + (64 * 8) + (8 * 32);
        Adapter adapter = Adapter.Attach(Large(), new LoKr());
        Assert.Equal(24 * ((4 * square) + (2 * wide)), adapter.ParameterCount);
        Assert.Equal(24 * 6, adapter.Layers.Count());
        Assert.All(adapter.Layers.Where(l => l.Start > 0), l => Assert.EndsWith(l.Start == 1024 ? ".key" : ".value", l.LayerPath));
    }

    [Theory]
    [InlineData(1024, -1, 32, 32)]
    [InlineData(384, -1, 16, 24)]
    [InlineData(127, -1, 1, 127)]
    [InlineData(12, -1, 3, 4)]
    [InlineData(128, 4, 4, 32)]
    [InlineData(128, 5, 4, 32)]
    [InlineData(20, 6, 4, 5)]
    [InlineData(8, 8, 8, 1)]
    [InlineData(1, -1, 1, 1)]
    public void Width_is_factored_as_the_library_does(int width, int factor, int small, int large) =>
        Assert.Equal((small, large), new LoKr { DecomposeFactor = factor }.Factors(width));

    [Theory]
    [InlineData("qkv", 16_128, 2_113)]
    [InlineData("proj", 11_520, 1_089)]
    [InlineData("fc1", 18_432, 2_625)]
    [InlineData("fc2", 18_432, 2_625)]
    public void Layer_of_heka_has_the_stated_adapters_and_router(string target, long adapters, long router)
    {
        Adapter adapter = Adapter.Attach(Large(), new HeKA { Targets = [target] });
        Assert.Equal(24, adapter.Layers.Count());
        Assert.All(adapter.Layers, layer =>
        {
            long routed = layer.Parameters().Where(p => p.Path.StartsWith("router.", StringComparison.Ordinal)).Sum(p => p.Parameter.Shape.Count);
            Assert.Equal((adapters, router), (layer.ParameterCount - routed, routed));
        });
    }

    [Fact]
    public void Whole_model_has_the_stated_count_and_trains_all_but_the_mask_token()
    {
        VisionTransformer backbone = Large();
        Assert.Equal(304_368_640, backbone.ParameterCount);
        var model = new Classifier(backbone, s_labels);
        model.TrainAll();
        Assert.Equal(304_367_616, backbone.TrainableCount);
        Assert.Equal(304_367_616 + 7_175, model.TrainableCount);
        model.TrainHeadOnly();
        Assert.Equal(7_175, model.TrainableCount);
    }

    [Fact]
    public void Method_of_the_paper_trains_adapter_and_head()
    {
        var model = new Classifier(Large(), s_labels);
        Adapter adapter = model.Adapt(new HeKA());
        Assert.Equal(1_758_311, adapter.ParameterCount + model.TrainableCount);
    }

    [Fact]
    public void Image_encoder_of_clip_has_the_stated_count()
    {
        var backbone = new ClipVisionTransformer(ClipConfig.Named("clip-vit-large-patch14")!.Vision);
        Adapter adapter = Adapter.Attach(backbone, new HeKA());
        Assert.Equal(1_313_352, adapter.ParameterCount);
        Assert.Equal(
            ["encoder.layers.0.self_attn.out_proj", "encoder.layers.0.mlp.fc1", "encoder.layers.0.mlp.fc2"],
            adapter.Layers.Take(3).Select(l => l.LayerPath));

        // Any one of q, k, v in the place of out gives the same, as all are 1024 -> 1024.
        Assert.Equal(1_313_352, Adapter.Attach(backbone, new HeKA { Targets = ["q_proj", "fc1", "fc2"] }).ParameterCount);
    }

    [Theory]
    [InlineData("dinov2-small", 22_056_576)]
    [InlineData("dinov2-base", 86_580_480)]
    [InlineData("dinov2-large", 304_368_640)]
    [InlineData("dinov2-giant", 1_136_480_768)]
    [InlineData("dinov2-small-registers", 22_056_576 + (4 * 384))]
    [InlineData("dinov2-base-registers", 86_580_480 + (4 * 768))]
    [InlineData("dinov2-large-registers", 304_368_640 + (4 * 1024))]
    [InlineData("dinov2-giant-registers", 1_136_480_768 + (4 * 1536))]
    public void Published_model_has_the_stated_count(string name, long expected) =>
        Assert.Equal(expected, new VisionTransformer(VitConfig.Named(name)!).ParameterCount);

    [Theory]
    [InlineData(384, 16)]
    [InlineData(768, 32)]
    [InlineData(1024, 32)]
    [InlineData(1536, 32)]
    [InlineData(32, 4)]
    [InlineData(512, 16)]
    [InlineData(1, 1)]
    public void Scale_is_the_power_of_two_nearest_the_root_of_the_width(int width, int expected)
    {
        Assert.Equal(expected, KroneckerSizes.Scale(width));
        Assert.Equal([(expected, expected)], new HeKA { Adapters = 1 }.SizesFor(width));
        Assert.Equal([(expected, 2 * expected), (2 * expected, expected)], new HeKA { Adapters = 2 }.SizesFor(width));
        Assert.Equal(
            [(expected, expected), (expected, 2 * expected), (2 * expected, expected), (2 * expected, 2 * expected)],
            new HeKA().SizesFor(width));
    }

    [Fact]
    public void Nine_adapters_are_all_pairs_of_three_scales_in_order() => Assert.Equal(
        [(16, 16), (16, 32), (16, 64), (32, 16), (32, 32), (32, 64), (64, 16), (64, 32), (64, 64)],
        new HeKA { Adapters = 9 }.SizesFor(1024));

    [Theory]
    [InlineData(3)]
    [InlineData(0)]
    [InlineData(16)]
    public void Number_without_default_sizes_is_refused(int adapters) => Assert.Contains(
        $"no default sizes for {adapters} adapters",
        Assert.Throws<HkaFerException>(() => Adapter.Attach(Large(), new HeKA { Adapters = adapters })).Message);

    [Fact]
    public void Size_that_does_not_divide_names_layer_width_and_size()
    {
        var config = new HeKA { Sizes = [(16, 16), (20, 16)] };
        string message = Assert.Throws<HkaFerException>(() => Adapter.Attach(new VisionTransformer(VitConfig.Named("dinov2-small")!), config)).Message;
        Assert.Contains("heka: output width 1152 of encoder.layer.0.attention.attention.qkv is not divisible by 20 (C is [20, 16])", message);
        Assert.Contains("16, 18, 24, 32", message);
        Assert.Contains("default (16, 32)", message);
    }

    [Fact]
    public void Width_that_the_router_cannot_group_is_refused() => Assert.Contains(
        "router's group 10",
        Assert.Throws<HkaFerException>(() => Adapter.Attach(Large(), new HeKA { Group = 10 })).Message);

    [Fact]
    public void Counting_holds_no_weights()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var model = new Classifier(new VisionTransformer(VitConfig.Named("dinov2-giant")!), s_labels);
        Adapter adapter = model.Adapt(new HeKA { Adapters = 9 });
        Assert.True(model.ParameterCount + adapter.ParameterCount > 1_000_000_000);
        Assert.All(model.Parameters().Concat(adapter.Parameters()), p => Assert.False(p.Parameter.IsReady));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 16 << 20);
    }

    private static VisionTransformer Large() => new(VitConfig.Named("dinov2-large")!);

    private static AdapterConfig Of(string method) => method switch
    {
        "lora 32" => new LoRA { Rank = 32 },
        "hoka dbir" => new HoKA(),
        "heka sum" => new HeKA { Router = Router.Sum },
        "heka sb" => new HeKA { Router = Router.SpatialBranch },
        "heka rb" => new HeKA { Router = Router.RelationBranch },
        "heka dbir" => new HeKA(),
        "heka 1" => new HeKA { Adapters = 1 },
        "heka 2" => new HeKA { Adapters = 2 },
        _ => new HeKA { Adapters = 9 },
    };
}
