using System.Text.Json;
using HkaFer.Testing;

namespace HkaFer.Cli.Tests.Commands;

/// <summary>A CLIP checkpoint on the command line.</summary>
public sealed class ClipCommandTests
{
    [Fact]
    public void Checkpoint_is_scored_without_training()
    {
        using var scratch = new Scratch();
        string clip = TinyClip.Write(scratch);
        JsonElement Score(params string[] more) =>
            Hka.Run(["eval", clip, "--data", "faces:?seed=1&count=14&size=32", "--split", "test", "--json", .. more]).Succeeds().Json;
        Assert.Equal(14, Score().GetProperty("count").GetInt32());
        Assert.NotEqual(Score().GetRawText(), Score("--prompts", "names").GetRawText());
    }

    [Fact]
    public void Prompts_belong_to_a_checkpoint()
    {
        using var tiny = new TinyModel();
        Hka.Outcome outcome = Hka.Run("eval", tiny.Adapter, "--data", "faces:?count=7", "--prompts", "names");
        Assert.Equal(2, outcome.Code);
        Assert.Contains("--prompts belongs to a CLIP checkpoint", outcome.Error);
    }
}
