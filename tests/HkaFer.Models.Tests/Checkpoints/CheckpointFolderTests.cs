using HkaFer.Testing;

namespace HkaFer.Models.Tests;

public class CheckpointFolderTests
{
    private const string Index = "model.safetensors.index.json";

    [Fact]
    public void Empty_folder_names_the_config_that_it_lacks()
    {
        using var scratch = new Scratch();
        Assert.Contains(scratch["config.json"], Assert.Throws<HkaFerException>(() => VisionTransformer.Load(scratch.Folder)).Message);
        Assert.Contains("config.json", Assert.Throws<HkaFerException>(() => VisionTransformer.Load(scratch["absent"])).Message);
    }

    [Fact]
    public void Folder_without_weights_names_the_file_that_it_lacks()
    {
        using var scratch = new Scratch();
        scratch.Write("config.json", TinyModels.Config.ToJson().ToJsonString());
        Assert.Contains(scratch["model.safetensors"], Assert.Throws<HkaFerException>(() => VisionTransformer.Load(scratch.Folder)).Message);
    }

    [Fact]
    public void Missing_shard_is_named()
    {
        using var scratch = new Scratch();
        TinyModels.Write(scratch, TinyModels.Vit(), shards: 3);
        File.Delete(scratch["shard1.safetensors"]);
        Assert.Contains(scratch["shard1.safetensors"], Assert.Throws<HkaFerException>(() => VisionTransformer.Load(scratch.Folder)).Message);
        scratch.AllClosed();
    }

    [Fact]
    public void Tensor_that_is_not_in_its_shard_is_named_with_the_shard()
    {
        using var scratch = new Scratch();
        TinyModels.Write(scratch, TinyModels.Vit(), shards: 2);
        string index = File.ReadAllText(scratch[Index]);
        scratch.Write(Index, index.Replace("\"layernorm.weight\":\"shard0", "\"layernorm.weight\":\"shard1", StringComparison.Ordinal)
            .Replace("\"layernorm.bias\":\"shard0", "\"layernorm.bias\":\"shard1", StringComparison.Ordinal));
        string message = Assert.Throws<HkaFerException>(() => CheckpointFolder.Open(scratch.Folder)).Message;
        Assert.Contains(scratch["shard1.safetensors"], message);
        Assert.Contains("'layernorm.", message);
        scratch.AllClosed();
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("../shard0.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("sub/shard0.safetensors")]
    [InlineData("..\\\\x")]
    [InlineData("c:x")]
    [InlineData("\\u0000")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    public void Index_that_leads_out_of_the_folder_is_refused(string name)
    {
        using var scratch = new Scratch();
        TinyModels.Write(scratch, TinyModels.Vit(), shards: 2);
        scratch.Write(Index, $"{{\"weight_map\":{{\"layernorm.weight\":\"{name}\"}}}}");
        string message = Assert.Throws<HkaFerException>(() => CheckpointFolder.Open(scratch.Folder)).Message;
        Assert.Contains(scratch[Index], message);
        Assert.Contains("'layernorm.weight'", message);
        scratch.AllClosed();
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"weight_map\":[]}")]
    [InlineData("{\"weight_map\":{\"a\":1}}")]
    [InlineData("{\"weight_map\":{\"a\":null}}")]
    [InlineData("{\"weight_map\":")]
    public void Index_of_another_form_is_refused(string index)
    {
        using var scratch = new Scratch();
        scratch.Write(Index, index);
        Assert.Contains(scratch[Index], Assert.Throws<HkaFerException>(() => CheckpointFolder.Open(scratch.Folder)).Message);
    }

    [Fact]
    public void Json_that_is_not_text_is_refused()
    {
        using var scratch = new Scratch();
        foreach (byte[] content in (byte[][])[[], [0xFF, 0xFE], "{\"a\":\"\\ud800\"}"u8.ToArray(), [.. "{\"a\":\""u8, 0xC3, 0x28, .. "\"}"u8], [.. "{\""u8, 0xFF, .. "\":1}"u8]])
        {
            string path = scratch.Write("x.json", content);
            Assert.Contains(path, Assert.Throws<HkaFerException>(() => CheckpointFolder.ReadJson(path)).Message);
        }
    }
}
