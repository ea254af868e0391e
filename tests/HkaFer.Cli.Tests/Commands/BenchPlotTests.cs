using System.Xml.Linq;
using HkaFer.Bench;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Cli.Tests.Commands;

/// <summary>What <c>bench compare</c> and <c>bench scale</c> make of their measurements.</summary>
public sealed class BenchPlotTests
{
    private static readonly CompareCase s_heka = new("dinov2-small", VitConfig.Named("dinov2-small")!, "heka", DType.Float32);

    private static readonly CompareRow[] s_rows =
    [
        Row(s_heka with { Method = "none" }, false, ours: 12, torch: 4, onnx: 10),
        Row(s_heka, false, ours: 9, torch: 1, onnx: 6),
        Row(s_heka, true, ours: 4, torch: 0.4, onnx: null),
        Row(s_heka with { DType = DType.BFloat16 }, true, ours: 6, torch: null, onnx: null) with { Wide = new Side(null, null, 5, null, null) },
    ];

    [Fact]
    public void Work_of_a_step_is_that_counted_by_hand()
    {
        // One block of width 16, MLP 64, 5 tokens; one adapter with C [4, 4] (the scale of width 16), so D is [out / 4, in / 4].
        var settings = new StepSettings("v", new VitConfig { Width = 16, Depth = 1, Heads = 2, Patch = 2, ImageSize = 4 }, "heka") { Size = 4, Batch = 3, Adapters = 1 };
        double dense = (16 * 48) + (16 * 16) + (16 * 64) + (64 * 16), attention = 2 * 5 * 16;
        double adapters = ((4 * 16) + (48 * 4)) + ((4 * 16) + (16 * 4)) + ((4 * 16) + (64 * 4)) + ((4 * 16) + (64 * 4));
        Assert.Equal(2 * 3 * 5 * ((2 * dense) + (3.5 * attention) + (3.5 * adapters) + (3 * 2 * 2 * 16)), StepWork.Of(settings));

        // 65 tokens: of the last block 36 go through all but the first layer, and ask 65.
        settings = settings with { Size = 16 };
        double first = (2 * 16 * 48) + (3.5 * ((4 * 16) + (48 * 4))), others = (2 * (dense - (16 * 48))) + (3.5 * (adapters - ((4 * 16) + (48 * 4))));
        Assert.Equal(2 * 3 * ((65 * first) + (36 * others) + (36 * 3.5 * 2 * 65 * 16) + (65 * (3 * 2 * 2 * 16))), StepWork.Of(settings), 1e-6);
    }

    [Fact]
    public void Bars_of_a_comparison_are_ratios_of_its_rows()
    {
        Dictionary<string, BenchRow> bars = CompareBench.Bars(s_rows).ToDictionary(row => row.Name);
        Assert.Equal(1.2, bars["dinov2-small, none, float32: forward beside ONNX Runtime"].Ratio!.Value, 1e-12);
        Assert.Equal((1.5, false), (bars["dinov2-small, heka, float32: forward beside ONNX Runtime"].Ratio, bars["dinov2-small, heka, float32: forward beside ONNX Runtime"].Met));
        Assert.Equal((10.0, true), (bars["dinov2-small, heka, float32: training step beside PyTorch"].Ratio, bars["dinov2-small, heka, float32: training step beside PyTorch"].Met));
        Assert.Equal((1.2, false), (bars["dinov2-small, heka, bfloat16: training step beside float32"].Ratio, bars["dinov2-small, heka, bfloat16: training step beside float32"].Met));
        Assert.Equal((5e8, true), (bars["dinov2-small, heka, float32: peak memory"].Value, bars["dinov2-small, heka, float32: peak memory"].Met));
    }

    [Fact]
    public void Scaling_bars_are_the_spread_over_shapes_and_the_gain_of_a_thread()
    {
        ScaleRow[] rows = [new("batch", 1, 100, 2, true), new("width", 9, 100, 1, true), new("adapters", 9, 100, 50, true), new("threads", 1, 10, 9, true), new("threads", 2, 10, 5, true)];
        Assert.Equal([2, 1.8], ScaleBench.Bars(rows).Select(bar => bar.Value));
        Assert.All(ScaleBench.Bars(rows), bar => Assert.True(bar.Met));
        Assert.Equal([false], ScaleBench.Bars([.. rows[..3], rows[0] with { Seconds = 1, Work = 30 }]).Select(bar => bar.Met));
    }

    [Fact]
    public void Plots_are_svg_with_a_mark_for_each_measurement()
    {
        XElement compare = XElement.Parse(ComparePlot.Draw(s_rows, "dinov2-small")!);
        Assert.Equal(9, Elements(compare, "rect") - 3);
        Assert.Null(ComparePlot.Draw(s_rows, "dinov2-large"));
        XElement scale = XElement.Parse(ScalePlot.Draw([new("batch", 1, 1e9, 0.02, true), new("batch", 2, 2e9, 0.04, true), new("threads", 1, 1e9, 0.03, true)]));
        Assert.Equal(3, Elements(scale, "circle") - 2);
        Assert.DoesNotContain("NaN", scale.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Compare_of_an_architecture_that_peers_lack_is_an_error()
    {
        Hka.Outcome outcome = Hka.Run("bench", "compare", "--arch", "dinov2-smal");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("did you mean 'dinov2-small'?", outcome.Error);
    }

    private static int Elements(XElement svg, string name) => svg.Descendants().Count(e => e.Name.LocalName == name);

    private static CompareRow Row(CompareCase c, bool trains, double ours, double? torch, double? onnx)
    {
        Side Of(double? rate) => new(rate, 5e8, rate, 5e8, rate is null ? "none" : null);
        return new(c, trains, Of(ours), Of(torch), Of(onnx));
    }
}
