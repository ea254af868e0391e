using System.Text.Json;
using Research;

namespace HkaFer.Adapters.Tests;

public class AdapterRegistryTests
{
    [Fact]
    public void Type_of_another_kind_is_refused()
    {
        Assert.Throws<ArgumentException>(() => AdapterRegistry.Add(() => new LoRA(), _ => new LoRA()));
        AdapterRegistry.Add(() => new Bottleneck(), Bottleneck.Read);
        Assert.Contains("'BOTTLENECK' of Impostor", Assert.Throws<ArgumentException>(() => AdapterRegistry.Add(() => new Impostor(), _ => new Impostor())).Message);
    }

    [Theory]
    [InlineData("""{"peft_type": "BOTTLENECK"}""")]
    [InlineData("""{"peft_type": "BOTTLENECK", "size": "4", "scale": 1}""")]
    [InlineData("""{"peft_type": "BOTTLENECK", "size": 4.5, "scale": 1}""")]
    public void Options_that_an_added_kind_cannot_read_are_a_named_error(string json)
    {
        AdapterRegistry.Add(() => new Bottleneck(), Bottleneck.Read);
        HkaFerException error = Assert.Throws<HkaFerException>(() => AdapterConfig.Read(JsonDocument.Parse(json).RootElement, "here"));
        Assert.StartsWith("here: the options of BOTTLENECK cannot be read (", error.Message);
    }

    private sealed record Impostor : AdapterConfig
    {
        public override string PeftType => "BOTTLENECK";

        public override string Method => "impostor";

        public override AdapterLayer Create(string path, int input, int output, int hidden) => throw new NotSupportedException();

        public override void Write(System.Text.Json.Nodes.JsonObject json, int hidden) => throw new NotSupportedException();
    }
}
