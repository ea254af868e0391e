using System.Text.Json;

namespace HkaFer.Cli.Tests.Commands;

public sealed class ParamsCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Theory]
    [InlineData("full", null, null, 0, 304_367_616)]
    [InlineData("linear", null, null, 0, 0)]
    [InlineData("lora", null, null, 12_582_912, 12_582_912)]
    [InlineData("hoka", "dbir", 4, 1_775_712, 1_775_712)]
    [InlineData("heka", "sum", 4, 1_548_288, 1_548_288)]
    [InlineData("heka", "sb", 4, 1_637_376, 1_637_376)]
    [InlineData("heka", "rb", 4, 1_747_968, 1_747_968)]
    [InlineData("heka", "dbir", 4, 1_751_136, 1_751_136)]
    [InlineData("heka", "sum", 1, 393_216, 393_216)]
    [InlineData("heka", "dbir", 2, 788_064, 788_064)]
    [InlineData("heka", "dbir", 9, 5_290_464, 5_290_464)]
    public void Table_of_the_large_backbone_has_the_papers_counts(
        string method, string? router, int? adapters, long adapter, long trainableWithoutHead)
    {
        const long head = (7 * 1024) + 7, all = 304_368_640;
        JsonElement row = Hka.Run("params", "dinov2-large", "--json").Succeeds().Json.EnumerateArray().Single(r =>
            r.GetProperty("method").GetString() == method && r.GetProperty("router").GetString() == router
                && Number(r, "adapters") == adapters);
        Assert.Equal(adapter, row.GetProperty("adapter").GetInt64());
        Assert.Equal(head, row.GetProperty("head").GetInt64());
        Assert.Equal(trainableWithoutHead + head, row.GetProperty("trainable").GetInt64());
        Assert.Equal(all + adapter + head, row.GetProperty("total").GetInt64());
    }

    // The encoder with its projection is what trains: the hub's CLIPVisionModelWithProjection has these counts.
    [Theory]
    [InlineData("clip-vit-base-patch32", 87_849_216, 529_380, 768)]
    [InlineData("clip-vit-base-patch16", 86_192_640, 529_380, 768)]
    [InlineData("clip-vit-large-patch14", 303_966_208, 1_313_352, 1024)]
    public void Image_encoders_of_clip_are_counted(string name, long encoder, long heka, int width)
    {
        JsonElement rows = Hka.Run("params", name, "--json").Succeeds().Json;
        JsonElement Row(string method, string? router = null, int? adapters = null) => rows.EnumerateArray().Single(r =>
            r.GetProperty("method").GetString() == method && r.GetProperty("router").GetString() == router && Number(r, "adapters") == adapters);
        Assert.Equal(encoder, Row("full").GetProperty("trainable").GetInt64());
        Assert.Equal(encoder, Row("full").GetProperty("total").GetInt64());
        Assert.Equal(heka, Row("heka", "dbir", 4).GetProperty("trainable").GetInt64());
        Assert.Equal(encoder + heka, Row("heka", "dbir", 4).GetProperty("total").GetInt64());
        Assert.Equal((7 * width) + 7, Row("linear").GetProperty("trainable").GetInt64());
    }

    [Fact]
    public void One_kronecker_adapter_without_router_is_krona()
    {
        JsonElement krona = Hka.Run("params", "dinov2-large", "--method", "krona", "--json").Succeeds().Json[0];
        JsonElement hoka = Hka.Run("params", "dinov2-large", "--method", "hoka", "--adapters", "1", "--json").Succeeds().Json[0];
        Assert.Equal("krona", krona.GetProperty("method").GetString());
        Assert.Equal(hoka.GetProperty("adapter").GetInt64(), krona.GetProperty("adapter").GetInt64());
    }

    [Fact]
    public void Rank_and_labels_count()
    {
        JsonElement row =
            Hka.Run("params", "dinov2-large", "--method", "lora", "--rank", "16", "--labels", "8", "--json").Succeeds().Json[0];
        Assert.Equal(12_582_912 / 2, row.GetProperty("adapter").GetInt64());
        Assert.Equal(8 * 1025, row.GetProperty("head").GetInt64());
        Assert.Equal(16, row.GetProperty("rank").GetInt32());
    }

    [Fact]
    public void Largest_backbone_is_counted_without_its_weights()
    {
        long before = GC.GetTotalAllocatedBytes();
        Hka.Run("params", "dinov2-giant", "--json").Succeeds();
        Assert.True(GC.GetTotalAllocatedBytes() - before < 200_000_000);
    }

    [Fact]
    public void Checkpoint_folder_is_an_architecture()
    {
        JsonElement row = Hka.Run("params", tiny.Backbone, "--method", "linear", "--json").Succeeds().Json[0];
        Assert.Equal((7 * 32) + 7, row.GetProperty("trainable").GetInt64());
    }

    [Fact]
    public void Unknown_architecture_fails_with_the_nearest()
    {
        Hka.Outcome outcome = Hka.Run("params", "dinov2-smal");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("did you mean 'dinov2-small'?", outcome.Error);
    }

    [Fact]
    public void Impossible_adapters_fail_with_a_remedy()
    {
        Hka.Outcome outcome = Hka.Run("params", "dinov2-small", "--method", "heka", "--adapters", "5");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("choose 1, 2, 4 or 9", outcome.Error);
    }

    [Fact]
    public void Plain_lines_have_tabs_and_ungrouped_numbers()
    {
        string[] lines = Hka.Run("params", "dinov2-large", "--method", "heka").Succeeds().Out.TrimEnd().Split('\n');
        Assert.Equal("method\trouter\tadapters\trank\tadapter\thead\ttrainable\ttotal\t%", lines[0].TrimEnd());
        Assert.StartsWith("heka\tdbir\t4\t\t1751136\t7175\t1758311\t", lines[1]);
    }

    [Fact]
    public void Backbone_in_the_box_is_counted_by_its_name() =>
        Assert.True(Hka.Run("params", "faces-vit", "--method", "linear", "--json").Succeeds().Json[0].GetProperty("total").GetInt64() > 100_000);

    private static int? Number(JsonElement row, string key) =>
        row.GetProperty(key) is { ValueKind: JsonValueKind.Number } n ? n.GetInt32() : null;
}
